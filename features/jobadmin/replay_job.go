package jobadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// ReplayJob runs a failed job again, with all its attempts. It fails with
// fault.Forbidden unless the user is an administrator, with fault.NotFound if
// there is no such failed job, and with fault.Conflict if an equal job is
// unfinished.
type ReplayJob func(ctx context.Context, id string) error

// NewReplayJob makes the use case.
func NewReplayJob(queue *jobs.Worker, logger *slog.Logger) ReplayJob {
	return observe.Command("jobadmin.replay_job", func(ctx context.Context, id string) error {
		return changeJob(ctx, queue, logger, "replayed", id, queue.Replay)
	})
}
