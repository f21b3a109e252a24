package eventadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// ReplayDelivery delivers a failed delivery again, with all its attempts. It
// fails with fault.Forbidden unless the user is an administrator, and with
// fault.NotFound if there is no such failed delivery.
type ReplayDelivery func(ctx context.Context, id string) error

// NewReplayDelivery makes the use case.
func NewReplayDelivery(dispatcher *events.Dispatcher, logger *slog.Logger) ReplayDelivery {
	return observe.Command("eventadmin.replay_delivery", func(ctx context.Context, id string) error {
		return changeDelivery(ctx, logger, "replayed", id, dispatcher.Replay)
	})
}
