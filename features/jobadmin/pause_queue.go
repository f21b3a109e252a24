package jobadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// PauseQueue keeps the jobs of a queue from starting until it is resumed. It
// fails with fault.Forbidden unless the user is an administrator, and with
// fault.NotFound if there is no such queue.
type PauseQueue func(ctx context.Context, queue string) error

// NewPauseQueue makes the use case.
func NewPauseQueue(queue *jobs.Worker, logger *slog.Logger) PauseQueue {
	return observe.Command("jobadmin.pause_queue", func(ctx context.Context, name string) error {
		return changeQueue(ctx, logger, "paused", name, queue.Pause)
	})
}
