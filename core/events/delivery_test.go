package events_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
)

func TestDispatcher_deliversToEveryHandler(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var first, second calls
	f.run(
		events.Handle(noteTaken, "notes.first", first.record),
		events.Handle(noteTaken, "notes.second", second.record),
	)

	f.publish(noteTaken, note{ID: "a"})
	f.drain()

	f.want("the first handler", &first, "a")
	f.want("the second handler", &second, "a")
}

func TestDispatcher_deliversThePayloadUnchanged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	want := note{ID: "a", Topic: "ö\u2028\"<b>", Text: "line\nline", Score: 0.1}
	var got note
	f.run(events.Handle(noteTaken, "notes.first", func(_ context.Context, n note) error {
		got = n
		return nil
	}))

	f.publish(noteTaken, want)
	f.drain()

	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDispatcher_deliversOnlyToHandlersOfTheEvent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var taken, read calls
	f.run(
		events.Handle(noteTaken, "notes.on_taken", taken.record),
		events.Handle(noteRead, "notes.on_read", read.record),
	)

	f.publish(noteRead, note{ID: "a"})
	f.publish(noteMoved, note{ID: "b"}) // no handlers
	f.drain()

	f.want("the handler of another event", &taken)
	f.want("the handler of the event", &read, "a")
}

func TestDispatcher_deliversNothingBeforeTheCommit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(events.Handle(noteTaken, "notes.first", handled.record))

	err := f.db.InTx(t.Context(), func(ctx context.Context) error {
		if err := noteTaken.Publish(ctx, f.dispatcher, note{ID: "a"}); err != nil {
			return err
		}
		f.drain()
		f.want("the handler inside the transaction", &handled)
		return nil
	})
	f.drain()

	if err != nil {
		t.Error(err)
	}
	f.want("the handler", &handled, "a")
}

func TestDispatcher_deliversNothingAfterARollback(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(events.Handle(noteTaken, "notes.first", handled.record))
	publish := func(ctx context.Context) error { return noteTaken.Publish(ctx, f.dispatcher, note{ID: "a"}) }

	err := f.db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(publish(ctx), errNotYet)
	})
	func() {
		defer func() { _ = recover() }()
		_ = f.db.InTx(t.Context(), func(ctx context.Context) error {
			_ = publish(ctx)
			panic("after publishing")
		})
	}()
	f.drain()

	if !errors.Is(err, errNotYet) {
		t.Errorf("got %v, want the error of the transaction", err)
	}
	f.want("the handler", &handled)
}

func TestDispatcher_rejectsPublishingOutsideATransaction(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run()

	err := noteTaken.Publish(t.Context(), f.dispatcher, note{ID: "a"})

	if !errors.Is(err, events.ErrNoTransaction) {
		t.Errorf("got %v, want %v", err, events.ErrNoTransaction)
	}
}

func TestDispatcher_rejectsAnUnlistedEvent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run()
	unlisted := events.Define[note]("notes.note.lost")

	err := f.db.InTx(t.Context(), func(ctx context.Context) error {
		return unlisted.Publish(ctx, f.dispatcher, note{ID: "a"})
	})

	if err == nil {
		t.Error("an unlisted event was published")
	}
}

func TestDispatcher_rejectsPublishingBeforeRegister(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.open()

	err := f.db.InTx(t.Context(), func(ctx context.Context) error {
		return noteTaken.Publish(ctx, f.dispatcher, note{ID: "a"})
	})

	if err == nil {
		t.Error("an event was published before Register")
	}
}

func TestDispatcher_rejectsInvalidManifestsAndASecondRegister(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.open()
	twice := events.Handle(noteTaken, "notes.first", new(calls).record)

	if f.dispatcher.Register(manifests(twice, twice)) == nil {
		t.Error("Register accepted two handlers with the same name")
	}
	if err := f.dispatcher.Register(manifests()); err != nil {
		t.Errorf("Register after a failed Register: %v", err)
	}
	if f.dispatcher.Register(manifests()) == nil {
		t.Error("a second Register succeeded")
	}
}

func TestDispatcher_deliversAfterStartWhatWasPublishedBefore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.register(events.Handle(noteTaken, "notes.first", handled.record))
	f.publish(noteTaken, note{ID: "a"})

	if err := f.dispatcher.Drain(t.Context()); err == nil {
		t.Error("Drain succeeded although nothing was started")
	}
	f.start()
	f.drain()

	f.want("the handler", &handled, "a")
}

func TestDispatcher_drainsEventsPublishedByHandlers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(
		events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
			return f.db.InTx(ctx, func(ctx context.Context) error {
				return noteRead.Publish(ctx, f.dispatcher, note{ID: n.ID + "!"})
			})
		}),
		events.Handle(noteRead, "notes.second", handled.record),
	)

	f.publish(noteTaken, note{ID: "a"})
	f.drain()

	f.want("the second handler", &handled, "a!")
}

func TestDispatcher_hidesThePublishersTransactionAndUser(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var inside bool
	var user auth.User
	f.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, _ note) error {
		inside, user = database.InTransaction(ctx), auth.CurrentUser(ctx)
		return nil
	}))

	ctx, cancel := context.WithCancel(auth.WithUser(t.Context(), auth.User{ID: "ada"}))
	err := f.db.InTx(ctx, func(ctx context.Context) error {
		return noteTaken.Publish(ctx, f.dispatcher, note{ID: "a"})
	})
	cancel()
	f.drain()

	if err != nil || inside || user.SignedIn() {
		t.Errorf("got error %v, in a transaction: %v, user %q; want none of them", err, inside, user.ID)
	}
}

func TestDispatcher_deliversManyEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const many = 300
	var first, second calls
	f.run(
		events.Handle(noteTaken, "notes.first", first.record),
		events.Handle(noteTaken, "notes.second", second.record),
	)
	want := make([]string, many)
	notes := make([]note, many)
	for n := range many {
		want[n] = strconv.Itoa(1000 + n)
		notes[n] = note{ID: want[n]}
	}

	for batch := range slices.Chunk(notes, 100) {
		f.publish(noteTaken, batch...)
	}
	f.drain()

	for name, handled := range map[string]*calls{"first": &first, "second": &second} {
		if got := slices.Compact(slices.Sorted(slices.Values(handled.all()))); !slices.Equal(got, want) {
			t.Errorf("the %s handler got %d different events, want %d", name, len(got), many)
		}
	}
}
