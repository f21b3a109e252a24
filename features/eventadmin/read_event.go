package eventadmin

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// ReadEvent returns a published event with its deliveries. It fails with
// fault.Forbidden unless the user is an administrator, and with fault.NotFound
// if there is no such event.
type ReadEvent func(ctx context.Context, id string) (events.Published, error)

// NewReadEvent makes the use case.
func NewReadEvent(dispatcher *events.Dispatcher) ReadEvent {
	return observe.UseCase("eventadmin.read_event", func(ctx context.Context, id string) (events.Published, error) {
		if err := auth.CheckRole(ctx, auth.RoleAdmin); err != nil {
			return events.Published{}, err
		}
		return dispatcher.FindPublished(ctx, id)
	})
}
