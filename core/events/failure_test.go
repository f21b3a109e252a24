package events_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
)

func TestDispatcher_retriesUntilSuccess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var attempts, ids calls
	f.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, _ note) error {
		attempts.add(strconv.Itoa(events.Attempt(ctx)))
		ids.add(events.ID(ctx))
		if events.Attempt(ctx) < 3 {
			return errNotYet
		}
		return nil
	}))

	f.publish(noteTaken, note{ID: "a"})
	f.drain()

	f.want("the attempts", &attempts, "1", "2", "3")
	if different := slices.Compact(ids.all()); len(different) != 1 || different[0] == "" {
		t.Errorf("the ids are %q, want the same in each attempt", ids.all())
	}
	if failures := f.failures(); len(failures) != 0 {
		t.Errorf("a delivery that finally succeeded is listed as failed: %+v", failures)
	}
}

func TestDispatcher_keepsFailedDeliveriesAndReplaysThem(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var fixed atomic.Bool
	var handled calls
	f.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
		if !fixed.Load() {
			return errNotYet
		}
		return handled.record(ctx, n)
	}, events.MaxAttempts(2)))

	f.publish(noteTaken, note{ID: "a"})
	f.drain()

	failures := f.failures()
	if len(failures) != 1 {
		t.Fatalf("got %d failures, want one", len(failures))
	}
	got := failures[0]
	if got.Event != noteTaken.Name() || got.Handler != "notes.first" || got.Attempts != 2 ||
		!strings.Contains(got.Error, errNotYet.Error()) || got.Stack == "" || got.MessageID == "" ||
		!strings.Contains(string(got.Payload), `"a"`) || got.PublishedAt.IsZero() || got.FinishedAt.IsZero() {
		t.Errorf("the failure is incomplete: %+v", got)
	}

	fixed.Store(true)
	if err := f.dispatcher.Replay(t.Context(), got.ID); err != nil {
		t.Fatalf("replay: %v", err)
	}
	f.drain()

	f.want("the handler", &handled, "a")
	if left := f.failures(); len(left) != 0 {
		t.Errorf("a replayed one is still listed as failed: %+v", left)
	}
}

func TestDispatcher_replaysOnlyToTheFailedHandler(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var fixed atomic.Bool
	var other calls
	f.run(
		events.Handle(noteTaken, "notes.first", func(context.Context, note) error {
			if fixed.Load() {
				return nil
			}
			return errNotYet
		}, events.MaxAttempts(1)),
		events.Handle(noteTaken, "notes.second", other.record),
	)
	f.publish(noteTaken, note{ID: "a"})
	f.drain()

	fixed.Store(true)
	for _, failure := range f.failures() {
		if err := f.dispatcher.Replay(t.Context(), failure.ID); err != nil {
			t.Error(err)
		}
	}
	f.drain()

	f.want("the other handler", &other, "a")
}

func TestDispatcher_rejectsReplayOfAnUnknownDelivery(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run()

	err := f.dispatcher.Replay(t.Context(), "019300f0-0000-7000-8000-000000000000")

	if !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

func TestDispatcher_recoversFromPanics(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
		if n.ID == "bad" {
			panic("a nasty note")
		}
		return handled.record(ctx, n)
	}, events.MaxAttempts(1)))

	f.publish(noteTaken, note{ID: "bad"}, note{ID: "good"})
	f.drain()

	f.want("the handler", &handled, "good")
	failures := f.failures()
	if len(failures) != 1 || !strings.Contains(failures[0].Error, "a nasty note") || !strings.Contains(failures[0].Stack, "events_test") {
		t.Errorf("got the failures %+v, want the panic with its stack", failures)
	}
}

func TestDispatcher_failsAtOnceAfterGiveUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(events.Handle(noteTaken, "notes.first", func(context.Context, note) error {
		return events.GiveUp(fault.NotFound.New("The note is gone."))
	}))

	f.publish(noteTaken, note{ID: "a"})
	f.drain()

	if failures := f.failures(); len(failures) != 1 || failures[0].Attempts != 1 {
		t.Errorf("got the failures %+v, want one after one attempt", failures)
	}
}

func TestDispatcher_cancelsAnAttemptAfterItsTimeout(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, _ note) error {
		<-ctx.Done()
		return ctx.Err()
	}, events.MaxAttempts(1), events.Timeout(10*time.Millisecond)))

	f.publish(noteTaken, note{ID: "a"})
	f.drain()

	if failures := f.failures(); len(failures) != 1 || !strings.Contains(failures[0].Error, context.DeadlineExceeded.Error()) {
		t.Errorf("got the failures %+v, want one timeout", failures)
	}
}

func TestDispatcher_reportsFinishedAttemptsButNoExpectedFaults(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(
		events.Handle(noteTaken, "notes.broken", func(context.Context, note) error { return errNotYet }, events.MaxAttempts(3)),
		events.Handle(noteTaken, "notes.careful", func(context.Context, note) error {
			return fault.Conflict.New("Someone else changed this first.")
		}, events.MaxAttempts(3)),
	)

	f.publish(noteTaken, note{ID: "a"})
	f.drain()

	f.want("the reports", &f.reported, "notes.broken", "notes.broken", "notes.broken")
	if got := len(f.failures()); got != 2 {
		t.Errorf("got %d failures, want both handlers listed", got)
	}
}

func TestDispatcher_deliversOtherEventsWhileOneKeepsFailing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled, other calls
	f.run(
		events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
			// The poison fails until everything else is done.
			if n.ID == "poison" && !(handled.has("after") && other.has("poison") && other.has("after")) {
				return errNotYet
			}
			return handled.record(ctx, n)
		}, events.MaxAttempts(100_000)),
		events.Handle(noteTaken, "notes.second", other.record),
	)

	f.publish(noteTaken, note{ID: "poison"}, note{ID: "after"})
	f.drain()

	f.want("the handler", &handled, "after", "poison")
}
