package eventadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// RetryDelivery makes the next attempt of a delivery now. It fails with
// fault.Forbidden unless the user is an administrator, with fault.NotFound if
// there is no such delivery, and with fault.Conflict if it isn't waiting for a
// retry.
type RetryDelivery func(ctx context.Context, id string) error

// NewRetryDelivery makes the use case.
func NewRetryDelivery(dispatcher *events.Dispatcher, logger *slog.Logger) RetryDelivery {
	return observe.Command("eventadmin.retry_delivery", func(ctx context.Context, id string) error {
		return changeDelivery(ctx, logger, "retried", id, dispatcher.Retry)
	})
}
