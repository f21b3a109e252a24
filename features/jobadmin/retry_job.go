package jobadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// RetryJob runs a scheduled or retrying job now. It fails with fault.Forbidden
// unless the user is an administrator, with fault.NotFound if there is no such
// job, and with fault.Conflict if the job isn't scheduled for later.
type RetryJob func(ctx context.Context, id string) error

// NewRetryJob makes the use case.
func NewRetryJob(queue *jobs.Worker, logger *slog.Logger) RetryJob {
	return observe.Command("jobadmin.retry_job", func(ctx context.Context, id string) error {
		return changeJob(ctx, queue, logger, "ran", id, queue.Retry)
	})
}
