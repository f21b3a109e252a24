package events_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/core/events"
)

func TestDispatcher_keepsTheOrderOfAKeyInEachHandler(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var first, second calls
	f.run(
		events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
			if strings.HasSuffix(n.ID, "3") && events.Attempt(ctx) < 3 {
				return errNotYet // the others of its key wait
			}
			return first.record(ctx, n)
		}),
		events.Handle(noteMoved, "notes.second", second.record),
	)

	const length = 10
	for n := range length {
		f.publish(noteMoved,
			note{ID: fmt.Sprint("a", n), Topic: "a"},
			note{ID: fmt.Sprint("b", n), Topic: "b"})
	}
	f.drain()

	for name, handled := range map[string]*calls{"first": &first, "second": &second} {
		for _, key := range []string{"a", "b"} {
			got := slices.DeleteFunc(handled.all(), func(id string) bool { return !strings.HasPrefix(id, key) })
			if len(got) != length || !slices.IsSorted(got) {
				t.Errorf("the %s handler got %q of key %q, want them in order", name, got, key)
			}
		}
	}
}

func TestDispatcher_deliversOtherKeysWhileOneWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
		// Neither another key nor events without a key may wait for this one.
		if n.ID == "a1" && !(handled.has("b1") && handled.has("free")) {
			return errNotYet
		}
		return handled.record(ctx, n)
	}, events.MaxAttempts(100_000)))

	f.publish(noteMoved,
		note{ID: "a1", Topic: "a"}, note{ID: "a2", Topic: "a"},
		note{ID: "b1", Topic: "b"}, note{ID: "free"})
	f.drain()

	if got := handled.all(); len(got) != 4 || got[2] != "a1" || got[3] != "a2" {
		t.Errorf("got %q, want a1 and a2 last", got)
	}
}

func TestDispatcher_continuesAKeyAfterAFailedDelivery(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
		if n.ID == "a1" {
			return errNotYet
		}
		return handled.record(ctx, n)
	}, events.MaxAttempts(2)))

	f.publish(noteMoved, note{ID: "a1", Topic: "a"}, note{ID: "a2", Topic: "a"})
	f.drain()

	f.want("the handler", &handled, "a2")
	if failures := f.failures(); len(failures) != 1 || failures[0].Key != "a" {
		t.Errorf("got the failures %+v, want a1 with its key", failures)
	}
}
