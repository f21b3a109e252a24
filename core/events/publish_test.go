package events_test

import (
	"testing"

	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
)

func TestPublish_rejectsTheZeroEvent(t *testing.T) {
	t.Parallel()
	var zero events.Event[greeted]

	err := zero.Publish(t.Context(), eventstest.NewRecorder(), greeted{Name: "Ada"})

	if err == nil || zero.Name() != "" {
		t.Errorf("got error %v and name %q, want an error and no name", err, zero.Name())
	}
}
