package eventstest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/pergola/core/events"
)

var orderTests = map[string]func(*trial){
	"keeps the order of a key, in each handler": func(r *trial) {
		var first, second journal
		r.run(
			events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
				if strings.HasSuffix(n.ID, "3") && events.Attempt(ctx) < 3 {
					return errNotYet // the others of its key wait
				}
				return first.into(ctx, n)
			}),
			events.Handle(noteMoved, "notes.second", second.into),
		)

		const length = 10
		for n := range length {
			r.publish(noteMoved,
				note{ID: fmt.Sprint("a", n), Topic: "a"},
				note{ID: fmt.Sprint("b", n), Topic: "b"})
		}
		r.drain()

		for name, heard := range map[string]*journal{"first": &first, "second": &second} {
			for _, key := range []string{"a", "b"} {
				got := slices.DeleteFunc(heard.all(), func(id string) bool { return !strings.HasPrefix(id, key) })
				if len(got) != length || !slices.IsSorted(got) {
					r.t.Errorf("the %s handler got %q of key %q, want them in order", name, got, key)
				}
			}
		}
	},

	"lets other keys pass while one waits": func(r *trial) {
		var heard journal
		r.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
			// Neither another key nor none at all may wait for this one.
			if n.ID == "a1" && !(heard.has("b1") && heard.has("free")) {
				return errNotYet
			}
			return heard.into(ctx, n)
		}, events.MaxAttempts(100_000)))

		r.publish(noteMoved,
			note{ID: "a1", Topic: "a"}, note{ID: "a2", Topic: "a"},
			note{ID: "b1", Topic: "b"}, note{ID: "free"})
		r.drain()

		if got := heard.all(); len(got) != 4 || got[2] != "a1" || got[3] != "a2" {
			r.t.Errorf("got %q, want a1 and a2 last", got)
		}
	},

	"goes on with a key when one of it is listed as failed": func(r *trial) {
		var heard journal
		r.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
			if n.ID == "a1" {
				return errNotYet
			}
			return heard.into(ctx, n)
		}, events.MaxAttempts(2)))

		r.publish(noteMoved, note{ID: "a1", Topic: "a"}, note{ID: "a2", Topic: "a"})
		r.drain()

		r.expect("the handler", &heard, "a2")
		if failures := r.failures(); len(failures) != 1 || failures[0].Key != "a" {
			r.t.Errorf("got the failures %+v, want a1 with its key", failures)
		}
	},
}
