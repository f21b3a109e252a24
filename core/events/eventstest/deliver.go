package eventstest

import (
	"encoding/json"
	"errors"
	"testing"

	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

// Deliver calls the handlers that the manifest lists for the event, one after
// the other and once each, like a Dispatcher: the payload is encoded, decoded
// and validated, the handler runs in a span, and panics become errors. It
// returns their errors joined. The test fails if the manifest lists no handler
// for the event.
func Deliver[T any](t testing.TB, manifest feature.Manifest, event events.Event[T], payload T) error {
	t.Helper()
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatalf("the payload of %s cannot be encoded as JSON: %v", event.Name(), err)
	}
	message := events.Message{ID: "event-1", Event: event.Name(), Payload: raw}
	var errs []error
	found := false
	for _, part := range feature.PartsOf[events.Handlers]([]feature.Manifest{manifest}) {
		for _, handler := range part.Part {
			if handler.Event() == event.Name() {
				found = true
				errs = append(errs, handler.Deliver(t.Context(), message, 1))
			}
		}
	}
	if !found {
		t.Fatalf("the feature %q lists no handler for %s in its manifest", manifest.Name, event.Name())
	}
	return errors.Join(errs...)
}

// DeliverAll delivers every recorded message that it has not delivered before,
// including those that handlers publish in the meantime, to the handlers that
// the manifest lists. It returns their errors joined.
func (r *Recorder) DeliverAll(t testing.TB, manifest feature.Manifest) error {
	t.Helper()
	var errs []error
	for message, ok := r.next(); ok; message, ok = r.next() {
		for _, part := range feature.PartsOf[events.Handlers]([]feature.Manifest{manifest}) {
			for _, handler := range part.Part {
				if handler.Event() == message.Event {
					errs = append(errs, handler.Deliver(t.Context(), message, 1))
				}
			}
		}
	}
	return errors.Join(errs...)
}

func (r *Recorder) next() (message events.Message, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.delivered == len(r.messages) {
		return events.Message{}, false
	}
	r.delivered++
	return r.messages[r.delivered-1], true
}
