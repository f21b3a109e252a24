package operations

import (
	"context"

	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// ListEvents returns one page of the events that were published, newest first,
// with their deliveries. It is for administrators: it fails with fault.Forbidden
// for everybody else, and with fault.NotFound if there is no such page.
type ListEvents func(ctx context.Context, in ListEventsInput) (EventsPage, error)

// ListEventsInput says which events.
type ListEventsInput struct {
	Event string // the name; "" for all
	PageInput
}

// EventsPage is one page of events.
type EventsPage struct {
	Events []events.Published
	PageLinks
}

// NewListEvents makes the use case.
func NewListEvents(dispatcher events.Inspector) ListEvents {
	return observe.UseCase("operations.list_events", func(ctx context.Context, in ListEventsInput) (page EventsPage, err error) {
		if err := adminsOnly(ctx); err != nil {
			return EventsPage{}, err
		}
		found, err := dispatcher.Published(ctx, events.PublishedQuery{Event: in.Event, Page: events.Page{
			OlderThan: in.OlderThan, NewerThan: in.NewerThan, Limit: perPage + 1,
		}})
		if err != nil {
			return EventsPage{}, err
		}
		page.Events, page.PageLinks = onePage(found, in.PageInput, func(event events.Published) string { return event.ID })
		return page, nil
	})
}
