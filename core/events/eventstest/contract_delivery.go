package eventstest

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
)

var deliveryTests = map[string]func(*trial){
	"delivers to every handler with the commit": func(r *trial) {
		var first, second journal
		r.run(
			events.Handle(noteTaken, "notes.first", first.into),
			events.Handle(noteTaken, "notes.second", second.into),
		)

		r.publish(noteTaken, note{ID: "a"})
		r.drain()

		r.expect("the first handler", &first, "a")
		r.expect("the second handler", &second, "a")
	},

	"delivers the payload as it was published": func(r *trial) {
		want := note{ID: "a", Topic: "ö\u2028\"<b>", Text: "line\nline", Score: 0.1}
		var got note
		r.run(events.Handle(noteTaken, "notes.first", func(_ context.Context, n note) error {
			got = n
			return nil
		}))

		r.publish(noteTaken, want)
		r.drain()

		if got != want {
			r.t.Errorf("got %+v, want %+v", got, want)
		}
	},

	"delivers only to the handlers of the event": func(r *trial) {
		var taken, read journal
		r.run(
			events.Handle(noteTaken, "notes.on_taken", taken.into),
			events.Handle(noteRead, "notes.on_read", read.into),
		)

		r.publish(noteRead, note{ID: "a"})
		r.publish(noteMoved, note{ID: "b"}) // nobody hears it
		r.drain()

		r.expect("the handler of another event", &taken)
		r.expect("the handler of the event", &read, "a")
	},

	"delivers nothing before the commit": func(r *trial) {
		var heard journal
		r.run(events.Handle(noteTaken, "notes.first", heard.into))

		err := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
			if err := noteTaken.Publish(ctx, r.Dispatcher, note{ID: "a"}); err != nil {
				return err
			}
			r.drain()
			r.expect("the handler inside the transaction", &heard)
			return nil
		})
		r.drain()

		if err != nil {
			r.t.Error(err)
		}
		r.expect("the handler", &heard, "a")
	},

	"delivers nothing of a transaction that is rolled back": func(r *trial) {
		var heard journal
		r.run(events.Handle(noteTaken, "notes.first", heard.into))
		publish := func(ctx context.Context) error { return noteTaken.Publish(ctx, r.Dispatcher, note{ID: "a"}) }

		refused := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
			return errors.Join(publish(ctx), errNotYet)
		})
		func() {
			defer func() { _ = recover() }()
			_ = r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
				_ = publish(ctx)
				panic("after publishing")
			})
		}()
		r.drain()

		if !errors.Is(refused, errNotYet) {
			r.t.Errorf("got %v, want the error of the transaction", refused)
		}
		r.expect("the handler", &heard)
	},

	"refuses to publish outside a transaction": func(r *trial) {
		r.run()

		err := noteTaken.Publish(r.t.Context(), r.Dispatcher, note{ID: "a"})

		if !errors.Is(err, events.ErrNoTransaction) {
			r.t.Errorf("got %v, want %v", err, events.ErrNoTransaction)
		}
	},

	"refuses an event that nobody lists": func(r *trial) {
		r.run()
		unlisted := events.Define[note]("notes.note.lost")

		err := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
			return unlisted.Publish(ctx, r.Dispatcher, note{ID: "a"})
		})

		if err == nil {
			r.t.Error("an event that nobody lists was published")
		}
	},

	"refuses to publish before it is sealed": func(r *trial) {
		r.Subject = r.open(r.t, Settings{})

		err := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
			return noteTaken.Publish(ctx, r.Dispatcher, note{ID: "a"})
		})

		if err == nil {
			r.t.Error("an event was published before its handlers were known")
		}
	},

	"refuses manifests that are wrong, and a second seal": func(r *trial) {
		r.Subject = r.open(r.t, Settings{})
		twice := events.Handle(noteTaken, "notes.first", new(journal).into)

		if r.Dispatcher.Seal(manifests(twice, twice)) == nil {
			r.t.Error("two handlers of one name were sealed")
		}
		if err := r.Dispatcher.Seal(manifests()); err != nil {
			r.t.Errorf("seal after a refusal: %v", err)
		}
		if r.Dispatcher.Seal(manifests()) == nil {
			r.t.Error("sealed twice")
		}
	},

	"keeps what is published until it is started": func(r *trial) {
		var heard journal
		r.prepare(events.Handle(noteTaken, "notes.first", heard.into))
		r.publish(noteTaken, note{ID: "a"})

		if err := r.Dispatcher.Drain(r.t.Context()); err == nil {
			r.t.Error("drained although nothing was started")
		}
		r.start()
		r.drain()

		r.expect("the handler", &heard, "a")
	},

	"drains what handlers publish in turn": func(r *trial) {
		var heard journal
		r.run(
			events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
				return r.Tx.InTx(ctx, func(ctx context.Context) error {
					return noteRead.Publish(ctx, r.Dispatcher, note{ID: n.ID + "!"})
				})
			}),
			events.Handle(noteRead, "notes.second", heard.into),
		)

		r.publish(noteTaken, note{ID: "a"})
		r.drain()

		r.expect("the second handler", &heard, "a!")
	},

	"gives a handler neither the publisher's transaction nor its user": func(r *trial) {
		var inside bool
		var user auth.User
		r.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, _ note) error {
			inside, user = database.InTransaction(ctx), auth.CurrentUser(ctx)
			return nil
		}))

		ctx, cancel := context.WithCancel(auth.WithUser(r.t.Context(), auth.User{ID: "ada"}))
		err := r.Tx.InTx(ctx, func(ctx context.Context) error {
			return noteTaken.Publish(ctx, r.Dispatcher, note{ID: "a"})
		})
		cancel()
		r.drain()

		if err != nil || inside || user.SignedIn() {
			r.t.Errorf("got error %v, in a transaction: %v, user %q; want none of them", err, inside, user.ID)
		}
	},

	"delivers every one of many": func(r *trial) {
		const many = 300
		var first, second journal
		r.run(
			events.Handle(noteTaken, "notes.first", first.into),
			events.Handle(noteTaken, "notes.second", second.into),
		)
		want := make([]string, many)
		notes := make([]note, many)
		for n := range many {
			want[n] = strconv.Itoa(1000 + n)
			notes[n] = note{ID: want[n]}
		}

		for batch := range slices.Chunk(notes, 100) {
			r.publish(noteTaken, batch...)
		}
		r.drain()

		for name, heard := range map[string]*journal{"first": &first, "second": &second} {
			if got := slices.Compact(slices.Sorted(slices.Values(heard.all()))); !slices.Equal(got, want) {
				r.t.Errorf("the %s handler got %d different events, want %d", name, len(got), many)
			}
		}
	},
}
