package operations

import (
	"context"
	"log/slog"

	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// RetryDelivery makes the next attempt of a delivery at once. It is for
// administrators: it fails with fault.Forbidden for everybody else, with
// fault.NotFound if there is no such delivery and with fault.Conflict if it does
// not wait for a time.
type RetryDelivery func(ctx context.Context, id string) error

// NewRetryDelivery makes the use case.
func NewRetryDelivery(dispatcher events.Inspector, logger *slog.Logger) RetryDelivery {
	return observe.Command("operations.retry_delivery", func(ctx context.Context, id string) error {
		return changeDelivery(ctx, logger, "has hurried", id, dispatcher.Retry)
	})
}
