package operations

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// PauseQueue lets nobody begin a job of a queue until it is resumed. It is for
// administrators: it fails with fault.Forbidden for everybody else, and with
// fault.NotFound if nobody works on such a queue.
type PauseQueue func(ctx context.Context, queue string) error

// NewPauseQueue makes the use case.
func NewPauseQueue(queue jobs.Inspector, logger *slog.Logger) PauseQueue {
	return observe.Command("operations.pause_queue", func(ctx context.Context, name string) error {
		return changeQueue(ctx, logger, "has paused", name, queue.Pause)
	})
}
