package operations

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/events"
	"example.com/pergola/core/respond"
)

func (f *Feature) showEvents(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	in := ListEventsInput{Event: query.Get("event"), PageInput: pageIn(query)}
	page, err := f.deps.ListEvents(r.Context(), in)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	view := eventsView{Page: page, In: in}
	if query.Get("fragment") == "now" {
		f.deps.Respond.Fragment(w, r, http.StatusOK, eventsPresent(view))
		return
	}
	f.deps.Respond.Page(w, r, respond.Page{Title: "Events", Description: "What has happened, and who has heard it.", Body: eventsPage(view)})
}

func (f *Feature) showEvent(w http.ResponseWriter, r *http.Request) {
	event, err := f.deps.ReadEvent(r.Context(), chi.URLParam(r, "eventID"))
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	if r.URL.Query().Get("fragment") == "now" {
		f.deps.Respond.Fragment(w, r, http.StatusOK, eventPresent(event))
		return
	}
	f.deps.Respond.Page(w, r, respond.Page{Title: "Event " + event.ID, Description: "What was published, and what became of it.", Body: eventPage(event)})
}

func (f *Feature) showDeliveries(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	in := ListDeliveriesInput{State: events.State(query.Get("state")), Handler: query.Get("handler"), PageInput: pageIn(query)}
	page, err := f.deps.ListDeliveries(r.Context(), in)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	view := deliveriesView{Page: page, In: in}
	if query.Get("fragment") == "now" {
		f.deps.Respond.Fragment(w, r, http.StatusOK, deliveriesPresent(view))
		return
	}
	f.deps.Respond.Page(w, r, respond.Page{Title: "Deliveries", Description: "Which handlers have heard of what has happened, and which have failed.", Body: deliveriesPage(view)})
}

func (f *Feature) postRetryDelivery(w http.ResponseWriter, r *http.Request) {
	f.changeDelivery(w, r, "The delivery is tried now.", f.deps.RetryDelivery)
}

func (f *Feature) postCancelDelivery(w http.ResponseWriter, r *http.Request) {
	f.changeDelivery(w, r, "The delivery is cancelled.", f.deps.CancelDelivery)
}

func (f *Feature) postReplayDelivery(w http.ResponseWriter, r *http.Request) {
	f.changeDelivery(w, r, "The delivery is tried again.", f.deps.ReplayDelivery)
}

func (f *Feature) changeDelivery(w http.ResponseWriter, r *http.Request, done string, change func(context.Context, string) error) {
	f.change(w, r, done, func(ctx context.Context) error { return change(ctx, chi.URLParam(r, "deliveryID")) })
}
