package operations

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// RetryJob does a job at once that is due later. It is for administrators: it
// fails with fault.Forbidden for everybody else, with fault.NotFound if there is
// no such job and with fault.Conflict if it does not wait for a time.
type RetryJob func(ctx context.Context, id string) (jobs.Record, error)

// NewRetryJob makes the use case.
func NewRetryJob(queue jobs.Inspector, logger *slog.Logger) RetryJob {
	return observe.UseCase("operations.retry_job", func(ctx context.Context, id string) (jobs.Record, error) {
		return changeJob(ctx, queue, logger, "has hurried", id, queue.Retry)
	})
}
