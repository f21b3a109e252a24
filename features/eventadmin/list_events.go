package eventadmin

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/pagination"
)

// perPage is how many events or deliveries a page shows.
const perPage = 25

// ListEvents returns one page of published events, newest first, with their
// deliveries. It fails with fault.Forbidden unless the user is an
// administrator, and with fault.NotFound if there is no such page.
type ListEvents func(ctx context.Context, in ListEventsInput) (EventsPage, error)

// ListEventsInput selects events.
type ListEventsInput struct {
	Event string // the name; "" for all
	Page  pagination.Range
}

// EventsPage is one page of events.
type EventsPage struct {
	Events []events.Published
	Links  pagination.Links
}

// NewListEvents makes the use case.
func NewListEvents(dispatcher *events.Dispatcher) ListEvents {
	return observe.UseCase("eventadmin.list_events", func(ctx context.Context, in ListEventsInput) (page EventsPage, err error) {
		if err := auth.CheckRole(ctx, auth.RoleAdmin); err != nil {
			return EventsPage{}, err
		}
		found, err := dispatcher.Published(ctx, events.PublishedQuery{Event: in.Event, Page: events.Page{
			OlderThan: in.Page.OlderThan, NewerThan: in.Page.NewerThan, Limit: perPage + 1,
		}})
		if err != nil {
			return EventsPage{}, err
		}
		page.Events, page.Links = pagination.CutRange(found, perPage, in.Page, func(event events.Published) string { return event.ID })
		return page, nil
	})
}
