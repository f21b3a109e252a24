package operations

import (
	"context"

	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// TellAdmins tells administrators who look at the live page that something has
// changed. It does nothing if none does.
type TellAdmins func(ctx context.Context) error

// NewTellAdmins makes the use case.
func NewTellAdmins(hub *realtime.Hub, rt realtime.Broadcaster) TellAdmins {
	run := observe.Command("operations.tell_admins", func(ctx context.Context, _ struct{}) error {
		if hub.Listeners(ConnectionsChannel.Spec().Name) == 0 {
			return nil
		}
		return ConnectionsChannel.Broadcast(ctx, rt, connectionsOf(hub.Stats()))
	})
	return func(ctx context.Context) error { return run(ctx, struct{}{}) }
}
