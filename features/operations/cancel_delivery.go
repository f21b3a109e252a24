package operations

import (
	"context"
	"log/slog"

	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// CancelDelivery ends a delivery that is not finished: it is listed as failed,
// and the next of its key goes on. It is for administrators: it fails with
// fault.Forbidden for everybody else, with fault.NotFound if there is no such
// delivery and with fault.Conflict if it is finished. One that runs may take a
// moment to end.
type CancelDelivery func(ctx context.Context, id string) error

// NewCancelDelivery makes the use case.
func NewCancelDelivery(dispatcher events.Inspector, logger *slog.Logger) CancelDelivery {
	return observe.Command("operations.cancel_delivery", func(ctx context.Context, id string) error {
		return changeDelivery(ctx, logger, "has cancelled", id, dispatcher.Cancel)
	})
}
