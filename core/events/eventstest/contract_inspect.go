package eventstest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
)

func (r *trial) published(query events.PublishedQuery) []events.Published {
	r.t.Helper()
	published, err := r.Dispatcher.Published(r.t.Context(), query)
	if err != nil {
		r.t.Fatalf("published: %v", err)
	}
	return published
}

func (r *trial) deliveries(query events.DeliveryQuery) []events.Delivery {
	r.t.Helper()
	deliveries, err := r.Dispatcher.Deliveries(r.t.Context(), query)
	if err != nil {
		r.t.Fatalf("deliveries: %v", err)
	}
	return deliveries
}

// only is the one delivery of a state.
func (r *trial) only(state events.State) events.Delivery {
	r.t.Helper()
	deliveries := r.deliveries(events.DeliveryQuery{State: state})
	if len(deliveries) != 1 {
		r.t.Fatalf("%d deliveries are %s, want one: %+v", len(deliveries), state, r.deliveries(events.DeliveryQuery{}))
	}
	return deliveries[0]
}

// until waits for a condition.
func (r *trial) until(what string, met func() bool) {
	r.t.Helper()
	for deadline := time.After(patience); !met(); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			r.t.Fatalf("waited in vain until %s: %+v", what, r.deliveries(events.DeliveryQuery{}))
		}
	}
}

var inspectTests = map[string]func(*trial){
	"shows an event with a delivery for each handler": func(r *trial) {
		var heard journal
		begun, release := make(chan struct{}), make(chan struct{})
		r.run(
			events.Handle(noteTaken, "notes.broken", func(context.Context, note) error { return errNotYet }, events.MaxAttempts(2)),
			events.Handle(noteTaken, "notes.quick", heard.into),
			events.Handle(noteTaken, "notes.slow", func(context.Context, note) error {
				close(begun)
				<-release
				return nil
			}),
			events.Handle(noteRead, "notes.other", heard.into),
		)
		r.publish(noteTaken, note{ID: "a"})
		r.publish(noteMoved, note{ID: "b", Topic: "t"}) // nobody hears it
		<-begun
		r.until("the others are finished", func() bool {
			return len(r.deliveries(events.DeliveryQuery{State: events.Done})) == 1 && len(r.failures()) == 1
		})

		all := r.published(events.PublishedQuery{})
		if len(all) != 2 || all[0].Event != noteMoved.Name() || all[0].Key != "t" || len(all[0].Deliveries) != 0 {
			r.t.Fatalf("published are %+v, want the one that nobody hears first", all)
		}
		event := all[1]
		if event.Event != noteTaken.Name() || event.PublishedAt.IsZero() || !strings.Contains(string(event.Payload), `"a"`) || len(event.Deliveries) != 3 {
			r.t.Fatalf("the event does not say everything: %+v", event)
		}
		broken, quick, slow := event.Deliveries[0], event.Deliveries[1], event.Deliveries[2]
		if broken.Handler != "notes.broken" || broken.State != events.Failed || broken.Attempts != 2 || broken.MaxAttempts != 2 ||
			!strings.Contains(broken.Error, errNotYet.Error()) || broken.Stack == "" || broken.FinishedAt.IsZero() {
			r.t.Errorf("the broken handler's is %+v", broken)
		}
		if quick.Handler != "notes.quick" || quick.State != events.Done || quick.Attempts != 1 || quick.Error != "" || quick.MessageID != event.ID {
			r.t.Errorf("the quick handler's is %+v", quick)
		}
		if slow.Handler != "notes.slow" || slow.State != events.Running || slow.BegunAt.IsZero() || !slow.FinishedAt.IsZero() {
			r.t.Errorf("the slow handler's is %+v", slow)
		}
		found, err := r.Dispatcher.FindPublished(r.t.Context(), event.ID)
		if err != nil || found.ID != event.ID || len(found.Deliveries) != 3 {
			r.t.Errorf("found %+v, error %v; want the event", found, err)
		}
		handlers, err := r.Dispatcher.Handlers(r.t.Context())
		if err != nil || len(handlers) != 4 || handlers[0].Name != "notes.broken" || handlers[0].Event != noteTaken.Name() ||
			handlers[0].Counts[events.Failed] != 1 || handlers[3].Counts[events.Running] != 1 || handlers[1].Counts[events.Waiting] != 0 {
			r.t.Errorf("the handlers are %+v, error %v", handlers, err)
		}
		close(release)
		r.drain()
	},

	"lists events by name and deliveries by handler, page by page": func(r *trial) {
		r.prepare(events.Handle(noteTaken, "notes.first", new(journal).into), events.Handle(noteRead, "notes.second", new(journal).into))
		for _, id := range []string{"a", "b", "c", "d"} {
			r.publish(noteTaken, note{ID: id})
		}
		r.publish(noteRead, note{ID: "e"})
		name := func(published events.Published) string { return strings.Split(string(published.Payload), `"`)[3] }
		names := func(page events.Page) (got []string) {
			for _, published := range r.published(events.PublishedQuery{Event: noteTaken.Name(), Page: page}) {
				got = append(got, name(published))
			}
			return got
		}
		ids := map[string]string{}
		for _, published := range r.published(events.PublishedQuery{}) {
			ids[name(published)] = published.ID
		}

		first, second := names(events.Page{Limit: 2}), names(events.Page{Limit: 2, OlderThan: ids["c"]})
		back := names(events.Page{Limit: 2, NewerThan: ids["a"]})

		if !slices.Equal(first, []string{"d", "c"}) || !slices.Equal(second, []string{"b", "a"}) || !slices.Equal(back, []string{"c", "b"}) {
			r.t.Errorf("the pages are %q, %q and back %q", first, second, back)
		}
		if got := r.deliveries(events.DeliveryQuery{Handler: "notes.second", State: events.Waiting}); len(got) != 1 || got[0].Event != noteRead.Name() {
			r.t.Errorf("the second handler's are %+v", got)
		}
		all := r.deliveries(events.DeliveryQuery{Handler: "notes.first"})
		next := r.deliveries(events.DeliveryQuery{Handler: "notes.first", Page: events.Page{OlderThan: all[1].ID, Limit: 1}})
		if len(all) != 4 || len(next) != 1 || next[0].ID != all[2].ID {
			r.t.Errorf("after the second of %+v comes %+v", all, next)
		}
	},

	"makes the next attempt at once": func(r *trial) {
		r.settings.Backoff = func(int) time.Duration { return time.Hour }
		var mended atomic.Bool
		var heard journal
		r.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
			if mended.Load() {
				return heard.into(ctx, n)
			}
			return errNotYet
		}))
		r.publish(noteMoved, note{ID: "a", Topic: "t"}, note{ID: "b", Topic: "t"})
		r.until("it waits for its next attempt", func() bool { return len(r.deliveries(events.DeliveryQuery{State: events.Retrying})) == 1 })

		mended.Store(true)
		if err := r.Dispatcher.Retry(r.t.Context(), r.only(events.Retrying).ID); err != nil {
			r.t.Fatalf("retry: %v", err)
		}
		r.drain()

		r.expect("the handler", &heard, "a", "b")
	},

	"cancels a delivery, and its key goes on": func(r *trial) {
		r.settings.Backoff = func(int) time.Duration { return time.Hour }
		var heard journal
		r.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
			if n.ID == "a" && !heard.has("b") {
				return errNotYet
			}
			return heard.into(ctx, n)
		}))
		r.publish(noteMoved, note{ID: "a", Topic: "t"}, note{ID: "b", Topic: "t"})
		r.until("it waits for its next attempt", func() bool { return len(r.deliveries(events.DeliveryQuery{State: events.Retrying})) == 1 })

		id := r.only(events.Retrying).ID
		if err := r.Dispatcher.Cancel(r.t.Context(), id); err != nil {
			r.t.Fatalf("cancel: %v", err)
		}
		r.drain()

		r.expect("the handler", &heard, "b")
		if failed := r.only(events.Failed); failed.ID != id || !strings.Contains(failed.Error, "cancelled") {
			r.t.Errorf("listed as failed is %+v", failed)
		}
		if err := r.Dispatcher.Cancel(r.t.Context(), id); !errors.Is(err, fault.Conflict) {
			r.t.Errorf("cancelling twice: %v, want a conflict", err)
		}
		if err := r.Dispatcher.Replay(r.t.Context(), id); err != nil {
			r.t.Fatalf("replay: %v", err)
		}
		r.drain()
		r.expect("the handler", &heard, "b", "a")
	},

	"cancels what waits behind its key": func(r *trial) {
		var heard journal
		begun, release := make(chan struct{}), make(chan struct{})
		r.run(events.Handle(noteMoved, "notes.first", func(ctx context.Context, n note) error {
			if n.ID == "a" {
				close(begun)
				<-release
			}
			return heard.into(ctx, n)
		}))
		r.publish(noteMoved, note{ID: "a", Topic: "t"}, note{ID: "b", Topic: "t"}, note{ID: "c", Topic: "t"})
		<-begun
		waiting := r.deliveries(events.DeliveryQuery{State: events.Waiting})
		if len(waiting) != 2 {
			r.t.Fatalf("waiting are %+v, want b and c", waiting)
		}

		if err := r.Dispatcher.Cancel(r.t.Context(), waiting[1].ID); err != nil {
			r.t.Fatalf("cancel: %v", err)
		}
		close(release)
		r.drain()

		r.expect("the handler", &heard, "a", "c")
	},

	"cancels what runs": func(r *trial) {
		begun := make(chan struct{})
		r.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, _ note) error {
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		}))
		r.publish(noteTaken, note{ID: "a"})
		<-begun

		if err := r.Dispatcher.Cancel(r.t.Context(), r.only(events.Running).ID); err != nil {
			r.t.Fatalf("cancel: %v", err)
		}
		r.until("it is listed as failed", func() bool { return len(r.failures()) == 1 })

		if failed := r.only(events.Failed); failed.Attempts != 1 || !strings.Contains(failed.Error, "cancelled") {
			r.t.Errorf("listed as failed is %+v, want it to say that it was cancelled", failed)
		}
		r.expect("the reports", &r.reported)
	},

	"knows nothing that is not there": func(r *trial) {
		r.run()
		ctx := r.t.Context()
		for _, id := range []string{"", "x", "9000000", "019300f0-0000-7000-8000-000000000000"} {
			_, found := r.Dispatcher.FindPublished(ctx, id)
			for what, err := range map[string]error{"find": found, "retry": r.Dispatcher.Retry(ctx, id), "cancel": r.Dispatcher.Cancel(ctx, id)} {
				if !errors.Is(err, fault.NotFound) {
					r.t.Errorf("%s %q: %v, want not found", what, id, err)
				}
			}
		}
	},

	"shows nothing of a transaction that is rolled back": func(r *trial) {
		r.run(events.Handle(noteTaken, "notes.first", new(journal).into))
		before, err := r.Dispatcher.Revision(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}

		_ = r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
			return errors.Join(noteTaken.Publish(ctx, r.Dispatcher, note{ID: "a"}), errNotYet)
		})
		if got := r.published(events.PublishedQuery{}); len(got) != 0 {
			r.t.Errorf("published are %+v, want none", got)
		}

		r.publish(noteTaken, note{ID: "b"})
		r.drain()
		if after, err := r.Dispatcher.Revision(r.t.Context()); err != nil || after == before {
			r.t.Errorf("the revision is %q after an event as it was before, error %v", after, err)
		}
	},
}
