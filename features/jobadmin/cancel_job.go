package jobadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// CancelJob ends a job that hasn't finished and lists it as failed. A running
// job may take a moment to end. It fails with fault.Forbidden unless the user
// is an administrator, with fault.NotFound if there is no such job, and with
// fault.Conflict if the job has finished.
type CancelJob func(ctx context.Context, id string) error

// NewCancelJob makes the use case.
func NewCancelJob(queue *jobs.Worker, logger *slog.Logger) CancelJob {
	return observe.Command("jobadmin.cancel_job", func(ctx context.Context, id string) error {
		return changeJob(ctx, queue, logger, "canceled", id, queue.Cancel)
	})
}
