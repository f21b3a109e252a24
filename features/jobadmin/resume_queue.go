package jobadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// ResumeQueue lets the jobs of a paused queue start again. It fails with
// fault.Forbidden unless the user is an administrator, and with fault.NotFound
// if there is no such queue.
type ResumeQueue func(ctx context.Context, queue string) error

// NewResumeQueue makes the use case.
func NewResumeQueue(queue *jobs.Worker, logger *slog.Logger) ResumeQueue {
	return observe.Command("jobadmin.resume_queue", func(ctx context.Context, name string) error {
		return changeQueue(ctx, logger, "resumed", name, queue.Resume)
	})
}
