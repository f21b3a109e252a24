package eventadmin

import (
	"context"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/pagination"
)

// ListDeliveries returns the event handlers and one page of their deliveries,
// newest first. It fails with fault.Forbidden unless the user is an
// administrator, and with fault.NotFound if there is no such page or state.
type ListDeliveries func(ctx context.Context, in ListDeliveriesInput) (DeliveriesPage, error)

// ListDeliveriesInput selects deliveries.
type ListDeliveriesInput struct {
	State   events.State // "" for all
	Handler string       // the name; "" for all
	Page    pagination.Range
}

// DeliveriesPage is one page of deliveries.
type DeliveriesPage struct {
	Handlers   []events.HandlerState
	Deliveries []events.Delivery
	Links      pagination.Links
}

// NewListDeliveries makes the use case.
func NewListDeliveries(dispatcher *events.Dispatcher) ListDeliveries {
	return observe.UseCase("eventadmin.list_deliveries", func(ctx context.Context, in ListDeliveriesInput) (page DeliveriesPage, err error) {
		if err := auth.CheckRole(ctx, auth.RoleAdmin); err != nil {
			return DeliveriesPage{}, err
		}
		if in.State != "" && !slices.Contains(events.States(), in.State) {
			return DeliveriesPage{}, fault.NotFound.New("There is no such delivery state.")
		}
		if page.Handlers, err = dispatcher.Handlers(ctx); err != nil {
			return DeliveriesPage{}, err
		}
		found, err := dispatcher.Deliveries(ctx, events.DeliveryQuery{State: in.State, Handler: in.Handler, Page: events.Page{
			OlderThan: in.Page.OlderThan, NewerThan: in.Page.NewerThan, Limit: perPage + 1,
		}})
		if err != nil {
			return DeliveriesPage{}, err
		}
		page.Deliveries, page.Links = pagination.CutRange(found, perPage, in.Page, func(delivery events.Delivery) string { return delivery.ID })
		return page, nil
	})
}
