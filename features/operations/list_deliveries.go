package operations

import (
	"context"
	"slices"

	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// ListDeliveries returns the handlers of events and one page of deliveries to
// them, newest first. It is for administrators: it fails with fault.Forbidden
// for everybody else, and with fault.NotFound if there is no such page or no
// such state.
type ListDeliveries func(ctx context.Context, in ListDeliveriesInput) (DeliveriesPage, error)

// ListDeliveriesInput says which deliveries.
type ListDeliveriesInput struct {
	State   events.State // "" for all
	Handler string       // the name; "" for all
	PageInput
}

// DeliveriesPage is one page of deliveries.
type DeliveriesPage struct {
	Handlers   []events.HandlerState
	Deliveries []events.Delivery
	PageLinks
}

// NewListDeliveries makes the use case.
func NewListDeliveries(dispatcher events.Inspector) ListDeliveries {
	return observe.UseCase("operations.list_deliveries", func(ctx context.Context, in ListDeliveriesInput) (page DeliveriesPage, err error) {
		if err := adminsOnly(ctx); err != nil {
			return DeliveriesPage{}, err
		}
		if in.State != "" && !slices.Contains(events.States(), in.State) {
			return DeliveriesPage{}, fault.NotFound.New("No delivery is ever in such a state.")
		}
		if page.Handlers, err = dispatcher.Handlers(ctx); err != nil {
			return DeliveriesPage{}, err
		}
		found, err := dispatcher.Deliveries(ctx, events.DeliveryQuery{State: in.State, Handler: in.Handler, Page: events.Page{
			OlderThan: in.OlderThan, NewerThan: in.NewerThan, Limit: perPage + 1,
		}})
		if err != nil {
			return DeliveriesPage{}, err
		}
		page.Deliveries, page.PageLinks = onePage(found, in.PageInput, func(delivery events.Delivery) string { return delivery.ID })
		return page, nil
	})
}
