package operations

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// ReplayJob gives a failed job all its attempts again. It is for administrators:
// it fails with fault.Forbidden for everybody else, with fault.NotFound if no
// failed job has the id and with fault.Conflict if an equal one is unfinished.
type ReplayJob func(ctx context.Context, id string) (jobs.Record, error)

// NewReplayJob makes the use case.
func NewReplayJob(queue jobs.Inspector, logger *slog.Logger) ReplayJob {
	return observe.UseCase("operations.replay_job", func(ctx context.Context, id string) (jobs.Record, error) {
		return changeJob(ctx, queue, logger, "has replayed", id, queue.Replay)
	})
}
