package operations

import (
	"context"
	"log/slog"

	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// ReplayDelivery gives a failed delivery all its attempts again. It is for
// administrators: it fails with fault.Forbidden for everybody else, and with
// fault.NotFound if no failed delivery has the id.
type ReplayDelivery func(ctx context.Context, id string) error

// NewReplayDelivery makes the use case.
func NewReplayDelivery(dispatcher events.Inspector, logger *slog.Logger) ReplayDelivery {
	return observe.Command("operations.replay_delivery", func(ctx context.Context, id string) error {
		return changeDelivery(ctx, logger, "has replayed", id, dispatcher.Replay)
	})
}
