package eventadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// CancelDelivery ends a delivery that hasn't finished and lists it as failed;
// the next one with its ordering key proceeds. A running delivery may take a
// moment to end. It fails with fault.Forbidden unless the user is an
// administrator, with fault.NotFound if there is no such delivery, and with
// fault.Conflict if it has finished.
type CancelDelivery func(ctx context.Context, id string) error

// NewCancelDelivery makes the use case.
func NewCancelDelivery(dispatcher *events.Dispatcher, logger *slog.Logger) CancelDelivery {
	return observe.Command("eventadmin.cancel_delivery", func(ctx context.Context, id string) error {
		return changeDelivery(ctx, logger, "canceled", id, dispatcher.Cancel)
	})
}
