package eventadmin

import (
	"context"

	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// BroadcastActivity notifies the administrators connected to this process if
// any event or delivery has changed since the given revision ("" for none). It
// returns the current revision.
type BroadcastActivity func(ctx context.Context, since string) (revision string, err error)

// NewBroadcastActivity makes the use case. It broadcasts to the hub rather than
// to all processes: each process with a subscriber checks for itself.
func NewBroadcastActivity(dispatcher *events.Dispatcher, hub *realtime.Hub) BroadcastActivity {
	return observe.UseCase("eventadmin.broadcast_activity", func(ctx context.Context, since string) (string, error) {
		revision, err := dispatcher.Revision(ctx)
		if err != nil || revision == since {
			return since, err
		}
		handlers, err := dispatcher.Handlers(ctx)
		if err != nil {
			return since, err
		}
		var counts DeliveryCounts
		for _, handler := range handlers {
			counts.Waiting += handler.Counts[events.Waiting] + handler.Counts[events.Retrying]
			counts.Running += handler.Counts[events.Running]
			counts.Failed += handler.Counts[events.Failed]
		}
		return revision, ActivityChannel.Broadcast(ctx, hub, counts)
	})
}
