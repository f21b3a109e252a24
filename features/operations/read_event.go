package operations

import (
	"context"

	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// ReadEvent returns all that is known of an event and its deliveries. It is for
// administrators: it fails with fault.Forbidden for everybody else, and with
// fault.NotFound if there is no such event.
type ReadEvent func(ctx context.Context, id string) (events.Published, error)

// NewReadEvent makes the use case.
func NewReadEvent(dispatcher events.Inspector) ReadEvent {
	return observe.UseCase("operations.read_event", func(ctx context.Context, id string) (events.Published, error) {
		if err := adminsOnly(ctx); err != nil {
			return events.Published{}, err
		}
		return dispatcher.FindPublished(ctx, id)
	})
}
