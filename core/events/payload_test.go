package events_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"example.com/pergola/core/events"
)

func TestDispatcher_rejectsInvalidPayloads(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(events.Handle(noteTaken, "notes.first", handled.record))
	tests := map[string]struct {
		note note
		want string
	}{
		"a missing field":            {note{}, `"id"`},
		"not encodable as JSON":      {note{ID: "a", Score: math.NaN()}, "JSON"},
		"more than a mebibyte":       {note{ID: "a", Text: strings.Repeat("x", 1<<20)}, "1048576"},
		"not storable in PostgreSQL": {note{ID: "a", Text: "\x00"}, "NUL"},
	}

	for name, test := range tests {
		err := f.db.InTx(t.Context(), func(ctx context.Context) error {
			return noteTaken.Publish(ctx, f.dispatcher, test.note)
		})
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), noteTaken.Name()) {
			t.Errorf("%s: got %v, want an error about %s", name, err, test.want)
		}
	}
	f.drain()

	f.want("the handler", &handled)
}

func TestDispatcher_acceptsAPayloadOfNearlyOneMebibyte(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var got int
	f.run(events.Handle(noteTaken, "notes.first", func(_ context.Context, n note) error {
		got = len(n.Text)
		return nil
	}))

	f.publish(noteTaken, note{ID: "a", Text: strings.Repeat("x", 1<<20-100)})
	f.drain()

	if got != 1<<20-100 {
		t.Errorf("got %d bytes, want %d", got, 1<<20-100)
	}
}

func TestDispatcher_readsPayloadsOfOlderAndNewerPrograms(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(events.Handle(noteTaken, "notes.first", handled.record))

	f.insert(noteTaken, `{"id":"old"}`)
	f.insert(noteTaken, `{"id":"new","topic":"x","colour":"green"}`)
	f.drain()

	if !handled.has("old") || !handled.has("new") || len(f.failures()) != 0 {
		t.Errorf("got %q and failures %+v, want old and new", handled.all(), f.failures())
	}
}

func TestDispatcher_keepsUnreadablePayloadsAsFailed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(events.Handle(noteTaken, "notes.first", handled.record))

	f.insert(noteTaken, `{"id":7}`)
	f.insert(noteTaken, `{"topic":"no id"}`)
	f.publish(noteTaken, note{ID: "a"})
	f.drain()

	f.want("the handler", &handled, "a")
	failures := f.failures()
	if len(failures) != 2 {
		t.Fatalf("got %d failures, want 2: %+v", len(failures), failures)
	}
	for _, failure := range failures {
		if failure.Attempts != 1 || len(failure.Payload) == 0 || !strings.Contains(failure.Error, "id") {
			t.Errorf("got the failure %+v, want one attempt, the payload and what is wrong with id", failure)
		}
	}
}
