package events_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
)

func (f *fixture) published(query events.PublishedQuery) []events.Published {
	f.t.Helper()
	published, err := f.dispatcher.Published(f.t.Context(), query)
	if err != nil {
		f.t.Fatalf("published: %v", err)
	}
	return published
}

func (f *fixture) deliveries(query events.DeliveryQuery) []events.Delivery {
	f.t.Helper()
	deliveries, err := f.dispatcher.Deliveries(f.t.Context(), query)
	if err != nil {
		f.t.Fatalf("deliveries: %v", err)
	}
	return deliveries
}

// only returns the single delivery in a state.
func (f *fixture) only(state events.State) events.Delivery {
	f.t.Helper()
	deliveries := f.deliveries(events.DeliveryQuery{State: state})
	if len(deliveries) != 1 {
		f.t.Fatalf("%d deliveries are %s, want one: %+v", len(deliveries), state, f.deliveries(events.DeliveryQuery{}))
	}
	return deliveries[0]
}

func (f *fixture) until(what string, met func() bool) {
	f.t.Helper()
	await(f.t, what, met)
}

func TestDispatcher_listsEventsWithTheirDeliveries(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	begun, release := make(chan struct{}), make(chan struct{})
	f.run(
		events.Handle(noteTaken, "notes.broken", func(context.Context, note) error { return errNotYet }, events.MaxAttempts(2)),
		events.Handle(noteTaken, "notes.quick", handled.record),
		events.Handle(noteTaken, "notes.slow", func(context.Context, note) error {
			close(begun)
			<-release
			return nil
		}),
		events.Handle(noteRead, "notes.other", handled.record),
	)
	f.publish(noteTaken, note{ID: "a"})
	f.publish(noteMoved, note{ID: "b", Topic: "t"}) // no handlers
	<-begun
	f.until("the other deliveries to finish", func() bool {
		return len(f.deliveries(events.DeliveryQuery{State: events.Done})) == 1 && len(f.failures()) == 1
	})

	all := f.published(events.PublishedQuery{})
	if len(all) != 2 || all[0].Event != noteMoved.Name() || all[0].Key != "t" || len(all[0].Deliveries) != 0 {
		t.Fatalf("published are %+v, want the one without handlers first", all)
	}
	event := all[1]
	if event.Event != noteTaken.Name() || event.PublishedAt.IsZero() || !strings.Contains(string(event.Payload), `"a"`) || len(event.Deliveries) != 3 {
		t.Fatalf("the event is incomplete: %+v", event)
	}
	broken, quick, slow := event.Deliveries[0], event.Deliveries[1], event.Deliveries[2]
	if broken.Handler != "notes.broken" || broken.State != events.Failed || broken.Attempts != 2 || broken.MaxAttempts != 2 ||
		!strings.Contains(broken.Error, errNotYet.Error()) || broken.Stack == "" || broken.FinishedAt.IsZero() {
		t.Errorf("the broken handler's is %+v", broken)
	}
	if quick.Handler != "notes.quick" || quick.State != events.Done || quick.Attempts != 1 || quick.Error != "" || quick.MessageID != event.ID {
		t.Errorf("the quick handler's is %+v", quick)
	}
	if slow.Handler != "notes.slow" || slow.State != events.Running || slow.StartedAt.IsZero() || !slow.FinishedAt.IsZero() {
		t.Errorf("the slow handler's is %+v", slow)
	}
	found, err := f.dispatcher.FindPublished(t.Context(), event.ID)
	if err != nil || found.ID != event.ID || len(found.Deliveries) != 3 {
		t.Errorf("found %+v, error %v; want the event", found, err)
	}
	handlers, err := f.dispatcher.Handlers(t.Context())
	if err != nil || len(handlers) != 4 || handlers[0].Name != "notes.broken" || handlers[0].Event != noteTaken.Name() ||
		handlers[0].Counts[events.Failed] != 1 || handlers[3].Counts[events.Running] != 1 || handlers[1].Counts[events.Waiting] != 0 {
		t.Errorf("the handlers are %+v, error %v", handlers, err)
	}
	close(release)
	f.drain()
}

func TestDispatcher_filtersAndPagesEventsAndDeliveries(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(events.Handle(noteTaken, "notes.first", new(calls).record), events.Handle(noteRead, "notes.second", new(calls).record))
	for _, id := range []string{"a", "b", "c", "d"} {
		f.publish(noteTaken, note{ID: id})
	}
	f.publish(noteRead, note{ID: "e"})
	name := func(published events.Published) string { return strings.Split(string(published.Payload), `"`)[3] }
	names := func(page events.Page) (got []string) {
		for _, published := range f.published(events.PublishedQuery{Event: noteTaken.Name(), Page: page}) {
			got = append(got, name(published))
		}
		return got
	}
	ids := map[string]string{}
	for _, published := range f.published(events.PublishedQuery{}) {
		ids[name(published)] = published.ID
	}

	first, second := names(events.Page{Limit: 2}), names(events.Page{Limit: 2, OlderThan: ids["c"]})
	back := names(events.Page{Limit: 2, NewerThan: ids["a"]})

	if !slices.Equal(first, []string{"d", "c"}) || !slices.Equal(second, []string{"b", "a"}) || !slices.Equal(back, []string{"c", "b"}) {
		t.Errorf("the pages are %q, %q and back %q", first, second, back)
	}
	if got := f.deliveries(events.DeliveryQuery{Handler: "notes.second", State: events.Waiting}); len(got) != 1 || got[0].Event != noteRead.Name() {
		t.Errorf("the second handler's are %+v", got)
	}
	all := f.deliveries(events.DeliveryQuery{Handler: "notes.first"})
	next := f.deliveries(events.DeliveryQuery{Handler: "notes.first", Page: events.Page{OlderThan: all[1].ID, Limit: 1}})
	if len(all) != 4 || len(next) != 1 || next[0].ID != all[2].ID {
		t.Errorf("after the second of %+v comes %+v", all, next)
	}
}

func TestDispatcher_retriesNow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.options.Backoff = func(int) time.Duration { return time.Hour }
	var fixed atomic.Bool
	var handled calls
	f.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
		if fixed.Load() {
			return handled.record(ctx, n)
		}
		return errNotYet
	}))
	f.publish(noteMoved, note{ID: "a", Topic: "t"}, note{ID: "b", Topic: "t"})
	f.until("a delivery to wait for its next attempt", func() bool { return len(f.deliveries(events.DeliveryQuery{State: events.Retrying})) == 1 })

	fixed.Store(true)
	if err := f.dispatcher.Retry(t.Context(), f.only(events.Retrying).ID); err != nil {
		t.Fatalf("retry: %v", err)
	}
	f.drain()

	f.want("the handler", &handled, "a", "b")
}

func TestDispatcher_cancelsADeliveryAndContinuesItsKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.options.Backoff = func(int) time.Duration { return time.Hour }
	var handled calls
	f.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
		if n.ID == "a" && !handled.has("b") {
			return errNotYet
		}
		return handled.record(ctx, n)
	}))
	f.publish(noteMoved, note{ID: "a", Topic: "t"}, note{ID: "b", Topic: "t"})
	f.until("a delivery to wait for its next attempt", func() bool { return len(f.deliveries(events.DeliveryQuery{State: events.Retrying})) == 1 })

	id := f.only(events.Retrying).ID
	if err := f.dispatcher.Cancel(t.Context(), id); err != nil {
		t.Fatalf("cancel: %v", err)
	}
	f.drain()

	f.want("the handler", &handled, "b")
	if failed := f.only(events.Failed); failed.ID != id || !strings.Contains(failed.Error, "canceled") {
		t.Errorf("listed as failed is %+v", failed)
	}
	if err := f.dispatcher.Cancel(t.Context(), id); !errors.Is(err, fault.Conflict) {
		t.Errorf("canceling twice: %v, want a conflict", err)
	}
	if err := f.dispatcher.Replay(t.Context(), id); err != nil {
		t.Fatalf("replay: %v", err)
	}
	f.drain()
	f.want("the handler", &handled, "b", "a")
}

func TestDispatcher_cancelsADeliveryThatWaitsForItsKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	begun, release := make(chan struct{}), make(chan struct{})
	f.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
		if n.ID == "a" {
			close(begun)
			<-release
		}
		return handled.record(ctx, n)
	}))
	f.publish(noteMoved, note{ID: "a", Topic: "t"}, note{ID: "b", Topic: "t"}, note{ID: "c", Topic: "t"})
	<-begun
	waiting := f.deliveries(events.DeliveryQuery{State: events.Waiting})
	if len(waiting) != 2 {
		t.Fatalf("waiting are %+v, want b and c", waiting)
	}

	if err := f.dispatcher.Cancel(t.Context(), waiting[1].ID); err != nil {
		t.Fatalf("cancel: %v", err)
	}
	close(release)
	f.drain()

	f.want("the handler", &handled, "a", "c")
}

func TestDispatcher_cancelsARunningDelivery(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	begun := make(chan struct{})
	f.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, _ note) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	}))
	f.publish(noteTaken, note{ID: "a"})
	<-begun

	if err := f.dispatcher.Cancel(t.Context(), f.only(events.Running).ID); err != nil {
		t.Fatalf("cancel: %v", err)
	}
	f.until("a failure to be listed", func() bool { return len(f.failures()) == 1 })

	if failed := f.only(events.Failed); failed.Attempts != 1 || !strings.Contains(failed.Error, "canceled") {
		t.Errorf("listed as failed is %+v, want the cancellation as its error", failed)
	}
	f.want("the reports", &f.reported)
}

func TestDispatcher_returnsNotFoundForUnknownIDs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run()
	ctx := t.Context()
	for _, id := range []string{"", "x", "9000000", "019300f0-0000-7000-8000-000000000000"} {
		_, found := f.dispatcher.FindPublished(ctx, id)
		for what, err := range map[string]error{"find": found, "retry": f.dispatcher.Retry(ctx, id), "cancel": f.dispatcher.Cancel(ctx, id)} {
			if !errors.Is(err, fault.NotFound) {
				t.Errorf("%s %q: %v, want not found", what, id, err)
			}
		}
	}
}

func TestDispatcher_listsNothingAfterARollback(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(events.Handle(noteTaken, "notes.first", new(calls).record))
	before, err := f.dispatcher.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	_ = f.db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(noteTaken.Publish(ctx, f.dispatcher, note{ID: "a"}), errNotYet)
	})
	if got := f.published(events.PublishedQuery{}); len(got) != 0 {
		t.Errorf("published are %+v, want none", got)
	}

	f.publish(noteTaken, note{ID: "b"})
	f.drain()
	if after, err := f.dispatcher.Revision(t.Context()); err != nil || after == before {
		t.Errorf("the revision is %q after an event as it was before, error %v", after, err)
	}
}
