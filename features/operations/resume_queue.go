package operations

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// ResumeQueue lets the jobs of a queue begin again. It is for administrators: it
// fails with fault.Forbidden for everybody else, and with fault.NotFound if
// nobody works on such a queue.
type ResumeQueue func(ctx context.Context, queue string) error

// NewResumeQueue makes the use case.
func NewResumeQueue(queue jobs.Inspector, logger *slog.Logger) ResumeQueue {
	return observe.Command("operations.resume_queue", func(ctx context.Context, name string) error {
		return changeQueue(ctx, logger, "has resumed", name, queue.Resume)
	})
}
