package operations

import (
	"context"

	"example.com/pergola/core/events"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// TellOfWork tells administrators who look at jobs or events in this process
// that something has changed since the revision that it was given, "" for none,
// and returns the present one.
type TellOfWork func(ctx context.Context, since string) (revision string, err error)

// NewTellOfWork makes the use case. It tells the hub and not other processes,
// each of which looks for itself while somebody there does.
func NewTellOfWork(queue jobs.Inspector, dispatcher events.Inspector, hub *realtime.Hub) TellOfWork {
	return observe.UseCase("operations.tell_of_work", func(ctx context.Context, since string) (string, error) {
		ofJobs, err := queue.Revision(ctx)
		if err != nil {
			return since, err
		}
		ofEvents, err := dispatcher.Revision(ctx)
		if err != nil {
			return since, err
		}
		revision := ofJobs + " / " + ofEvents
		if revision == since {
			return revision, nil
		}
		queues, err := queue.Queues(ctx)
		if err != nil {
			return since, err
		}
		handlers, err := dispatcher.Handlers(ctx)
		if err != nil {
			return since, err
		}
		return revision, WorkChannel.Broadcast(ctx, hub, sumUp(queues, handlers))
	})
}
