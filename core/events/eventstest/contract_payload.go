package eventstest

import (
	"context"
	"math"
	"strings"

	"example.com/pergola/core/events"
)

var payloadTests = map[string]func(*trial){
	"refuses payloads that break the rules": func(r *trial) {
		var heard journal
		r.run(events.Handle(noteTaken, "notes.first", heard.into))
		tests := map[string]struct {
			note note
			says string
		}{
			"a missing field":             {note{}, `"id"`},
			"what JSON cannot write":      {note{ID: "a", Score: math.NaN()}, "JSON"},
			"more than a mebibyte":        {note{ID: "a", Text: strings.Repeat("x", 1<<20)}, "1048576"},
			"what PostgreSQL cannot keep": {note{ID: "a", Text: "\x00"}, "NUL"},
		}

		for name, test := range tests {
			err := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
				return noteTaken.Publish(ctx, r.Dispatcher, test.note)
			})
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), noteTaken.Name()) {
				r.t.Errorf("%s: got %v, want an error about %s", name, err, test.says)
			}
		}
		r.drain()

		r.expect("the handler", &heard)
	},

	"takes a payload of nearly a mebibyte": func(r *trial) {
		var got int
		r.run(events.Handle(noteTaken, "notes.first", func(_ context.Context, n note) error {
			got = len(n.Text)
			return nil
		}))

		r.publish(noteTaken, note{ID: "a", Text: strings.Repeat("x", 1<<20-100)})
		r.drain()

		if got != 1<<20-100 {
			r.t.Errorf("got %d bytes, want %d", got, 1<<20-100)
		}
	},

	"reads payloads of older and newer programs": func(r *trial) {
		var heard journal
		r.run(events.Handle(noteTaken, "notes.first", heard.into))

		r.insert(noteTaken, `{"id":"old"}`)
		r.insert(noteTaken, `{"id":"new","topic":"x","colour":"green"}`)
		r.drain()

		if !heard.has("old") || !heard.has("new") || len(r.failures()) != 0 {
			r.t.Errorf("got %q and failures %+v, want old and new", heard.all(), r.failures())
		}
	},

	"keeps what cannot be read any more and goes on": func(r *trial) {
		var heard journal
		r.run(events.Handle(noteTaken, "notes.first", heard.into))

		r.insert(noteTaken, `{"id":7}`)
		r.insert(noteTaken, `{"topic":"no id"}`)
		r.publish(noteTaken, note{ID: "a"})
		r.drain()

		r.expect("the handler", &heard, "a")
		failures := r.failures()
		if len(failures) != 2 {
			r.t.Fatalf("got %d failures, want 2: %+v", len(failures), failures)
		}
		for _, failure := range failures {
			if failure.Attempts != 1 || len(failure.Payload) == 0 || !strings.Contains(failure.Error, "id") {
				r.t.Errorf("got the failure %+v, want one attempt, the payload and what is wrong with id", failure)
			}
		}
	},
}
