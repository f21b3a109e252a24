package eventstest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
)

var failureTests = map[string]func(*trial){
	"tries again until it succeeds": func(r *trial) {
		var attempts, ids journal
		r.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, _ note) error {
			attempts.add(strconv.Itoa(events.Attempt(ctx)))
			ids.add(events.ID(ctx))
			if events.Attempt(ctx) < 3 {
				return errNotYet
			}
			return nil
		}))

		r.publish(noteTaken, note{ID: "a"})
		r.drain()

		r.expect("the attempts", &attempts, "1", "2", "3")
		if different := slices.Compact(ids.all()); len(different) != 1 || different[0] == "" {
			r.t.Errorf("the ids are %q, want the same in each attempt", ids.all())
		}
		if failures := r.failures(); len(failures) != 0 {
			r.t.Errorf("what succeeded in the end is listed as failed: %+v", failures)
		}
	},

	"lists what has used up its attempts, and replays it": func(r *trial) {
		var mended atomic.Bool
		var heard journal
		r.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
			if !mended.Load() {
				return errNotYet
			}
			return heard.into(ctx, n)
		}, events.MaxAttempts(2)))

		r.publish(noteTaken, note{ID: "a"})
		r.drain()

		failures := r.failures()
		if len(failures) != 1 {
			r.t.Fatalf("got %d failures, want one", len(failures))
		}
		got := failures[0]
		if got.Event != noteTaken.Name() || got.Handler != "notes.first" || got.Attempts != 2 ||
			!strings.Contains(got.Error, errNotYet.Error()) || got.Stack == "" || got.MessageID == "" ||
			!strings.Contains(string(got.Payload), `"a"`) || got.PublishedAt.IsZero() || got.FailedAt.IsZero() {
			r.t.Errorf("the failure does not say everything: %+v", got)
		}

		mended.Store(true)
		if err := r.Dispatcher.Replay(r.t.Context(), got.ID); err != nil {
			r.t.Fatalf("replay: %v", err)
		}
		r.drain()

		r.expect("the handler", &heard, "a")
		if left := r.failures(); len(left) != 0 {
			r.t.Errorf("what was replayed is still listed: %+v", left)
		}
	},

	"replays to the handler that failed and to no other": func(r *trial) {
		var mended atomic.Bool
		var other journal
		r.run(
			events.Handle(noteTaken, "notes.first", func(context.Context, note) error {
				if mended.Load() {
					return nil
				}
				return errNotYet
			}, events.MaxAttempts(1)),
			events.Handle(noteTaken, "notes.second", other.into),
		)
		r.publish(noteTaken, note{ID: "a"})
		r.drain()

		mended.Store(true)
		for _, failure := range r.failures() {
			if err := r.Dispatcher.Replay(r.t.Context(), failure.ID); err != nil {
				r.t.Error(err)
			}
		}
		r.drain()

		r.expect("the other handler", &other, "a")
	},

	"cannot replay what did not fail": func(r *trial) {
		r.run()

		err := r.Dispatcher.Replay(r.t.Context(), "019300f0-0000-7000-8000-000000000000")

		if !errors.Is(err, fault.NotFound) {
			r.t.Errorf("got %v, want not found", err)
		}
	},

	"survives a handler that panics": func(r *trial) {
		var heard journal
		r.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
			if n.ID == "bad" {
				panic("a nasty note")
			}
			return heard.into(ctx, n)
		}, events.MaxAttempts(1)))

		r.publish(noteTaken, note{ID: "bad"}, note{ID: "good"})
		r.drain()

		r.expect("the handler", &heard, "good")
		failures := r.failures()
		if len(failures) != 1 || !strings.Contains(failures[0].Error, "a nasty note") || !strings.Contains(failures[0].Stack, "eventstest") {
			r.t.Errorf("got the failures %+v, want the panic with its stack", failures)
		}
	},

	"gives up at once when the handler does": func(r *trial) {
		r.run(events.Handle(noteTaken, "notes.first", func(context.Context, note) error {
			return events.GiveUp(fault.NotFound.New("The note is gone."))
		}))

		r.publish(noteTaken, note{ID: "a"})
		r.drain()

		if failures := r.failures(); len(failures) != 1 || failures[0].Attempts != 1 {
			r.t.Errorf("got the failures %+v, want one after one attempt", failures)
		}
	},

	"ends an attempt that takes too long": func(r *trial) {
		r.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, _ note) error {
			<-ctx.Done()
			return ctx.Err()
		}, events.MaxAttempts(1), events.Timeout(10*time.Millisecond)))

		r.publish(noteTaken, note{ID: "a"})
		r.drain()

		if failures := r.failures(); len(failures) != 1 || !strings.Contains(failures[0].Error, context.DeadlineExceeded.Error()) {
			r.t.Errorf("got the failures %+v, want one timeout", failures)
		}
	},

	"reports each failed attempt once, and no expected fault": func(r *trial) {
		r.run(
			events.Handle(noteTaken, "notes.broken", func(context.Context, note) error { return errNotYet }, events.MaxAttempts(3)),
			events.Handle(noteTaken, "notes.careful", func(context.Context, note) error {
				return fault.Conflict.New("Somebody was faster.")
			}, events.MaxAttempts(3)),
		)

		r.publish(noteTaken, note{ID: "a"})
		r.drain()

		r.expect("the reports", &r.reported, "notes.broken", "notes.broken", "notes.broken")
		if got := len(r.failures()); got != 2 {
			r.t.Errorf("got %d failures, want both handlers listed", got)
		}
	},

	"a poison event holds up no other": func(r *trial) {
		var heard, other journal
		r.run(
			events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
				// The poison fails until everything else has gone by.
				if n.ID == "poison" && !(heard.has("after") && other.has("poison") && other.has("after")) {
					return errNotYet
				}
				return heard.into(ctx, n)
			}, events.MaxAttempts(100_000)),
			events.Handle(noteTaken, "notes.second", other.into),
		)

		r.publish(noteTaken, note{ID: "poison"}, note{ID: "after"})
		r.drain()

		r.expect("the handler", &heard, "after", "poison")
	},
}
