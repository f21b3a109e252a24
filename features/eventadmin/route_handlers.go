package eventadmin

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/pagination"
	"example.com/pergola/core/respond"
)

func (f *Feature) showEvents(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	in := ListEventsInput{Event: query.Get("event"), Page: pagination.ParseRange(query)}
	page, err := f.ListEvents(r.Context(), in)
	if err != nil {
		return err
	}
	view := eventsView{EventsPage: page, In: in}
	if query.Get("fragment") == "now" {
		f.Respond.Fragment(w, r, http.StatusOK, eventsRegion(view))
		return nil
	}
	f.Respond.Page(w, r, respond.Page{Title: "Events", Description: "Published events and their deliveries.", Body: eventsPage(view)})
	return nil
}

func (f *Feature) showEvent(w http.ResponseWriter, r *http.Request) error {
	event, err := f.ReadEvent(r.Context(), chi.URLParam(r, "eventID"))
	if err != nil {
		return err
	}
	if r.URL.Query().Get("fragment") == "now" {
		f.Respond.Fragment(w, r, http.StatusOK, eventRegion(event))
		return nil
	}
	f.Respond.Page(w, r, respond.Page{Title: "Event " + event.ID, Description: "One event and its deliveries.", Body: eventPage(event)})
	return nil
}

func (f *Feature) showDeliveries(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	in := ListDeliveriesInput{State: events.State(query.Get("state")), Handler: query.Get("handler"), Page: pagination.ParseRange(query)}
	page, err := f.ListDeliveries(r.Context(), in)
	if err != nil {
		return err
	}
	view := deliveriesView{DeliveriesPage: page, In: in}
	if query.Get("fragment") == "now" {
		f.Respond.Fragment(w, r, http.StatusOK, deliveriesRegion(view))
		return nil
	}
	f.Respond.Page(w, r, respond.Page{Title: "Deliveries", Description: "Event handlers and their deliveries.", Body: deliveriesPage(view)})
	return nil
}

func (f *Feature) retryDelivery(w http.ResponseWriter, r *http.Request) error {
	err := f.RetryDelivery(r.Context(), chi.URLParam(r, "deliveryID"))
	return f.answerChange(w, r, "The delivery will be retried now.", err)
}

func (f *Feature) cancelDelivery(w http.ResponseWriter, r *http.Request) error {
	err := f.CancelDelivery(r.Context(), chi.URLParam(r, "deliveryID"))
	return f.answerChange(w, r, "The delivery is canceled.", err)
}

func (f *Feature) replayDelivery(w http.ResponseWriter, r *http.Request) error {
	err := f.ReplayDelivery(r.Context(), chi.URLParam(r, "deliveryID"))
	return f.answerChange(w, r, "The delivery will be made again.", err)
}

// answerChange leads back to the page whose form was sent, with a message. A
// change that came too late is a message too.
func (f *Feature) answerChange(w http.ResponseWriter, r *http.Request, done string, err error) error {
	if errors.Is(err, fault.Conflict) {
		done, err = fault.Message(err), nil
	}
	if err != nil {
		return err
	}
	f.Sessions.Flash(r.Context(), done)
	f.Respond.Redirect(w, r, respond.PathWithin(r.PostFormValue("back"), "/admin/events"))
	return nil
}
