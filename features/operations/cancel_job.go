package operations

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// CancelJob ends a job that is not finished: it is listed as failed. It is for
// administrators: it fails with fault.Forbidden for everybody else, with
// fault.NotFound if there is no such job and with fault.Conflict if it is
// finished. A job that runs may take a moment to end.
type CancelJob func(ctx context.Context, id string) (jobs.Record, error)

// NewCancelJob makes the use case.
func NewCancelJob(queue jobs.Inspector, logger *slog.Logger) CancelJob {
	return observe.UseCase("operations.cancel_job", func(ctx context.Context, id string) (jobs.Record, error) {
		return changeJob(ctx, queue, logger, "has cancelled", id, queue.Cancel)
	})
}
