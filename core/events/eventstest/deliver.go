package eventstest

import (
	"encoding/json"
	"errors"
	"testing"

	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

// Deliver gives a payload to the handlers that the manifest lists for the
// event, one after the other, an attempt each, as a dispatcher would: through
// JSON and validation, in a span, panics caught. It returns their errors
// joined. The test fails if the manifest lists no handler of the event.
func Deliver[T any](t testing.TB, manifest feature.Manifest, event events.Event[T], payload T) error {
	t.Helper()
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatalf("the payload of %s cannot be written as JSON: %v", event.Name(), err)
	}
	message := events.Message{ID: "event-1", Event: event.Name(), Payload: raw}
	var errs []error
	heard := false
	for _, part := range feature.PartsOf[events.Handlers]([]feature.Manifest{manifest}) {
		for _, handler := range part.Part {
			if handler.Event() == event.Name() {
				heard = true
				errs = append(errs, handler.Deliver(t.Context(), message, 1))
			}
		}
	}
	if !heard {
		t.Fatalf("the feature %q lists no handler of %s in its manifest", manifest.Name, event.Name())
	}
	return errors.Join(errs...)
}
