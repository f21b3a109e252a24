package eventstest

import (
	"context"
	"sync/atomic"
	"time"

	"example.com/pergola/core/events"
)

var stopTests = map[string]func(*trial){
	"stop waits for what runs": func(r *trial) {
		var finished atomic.Bool
		running := make(chan struct{})
		r.run(events.Handle(noteTaken, "notes.first", func(context.Context, note) error {
			close(running)
			<-time.After(20 * time.Millisecond) // long enough to be overtaken by a Stop that does not wait
			finished.Store(true)
			return nil
		}))
		r.publish(noteTaken, note{ID: "a"})
		<-running

		ctx, cancel := context.WithTimeout(r.t.Context(), patience)
		defer cancel()
		err := r.Dispatcher.Stop(ctx)

		if err != nil || !finished.Load() {
			r.t.Errorf("stopped with error %v while the handler had finished: %v", err, finished.Load())
		}
	},

	"stop hands back what it cancels": func(r *trial) {
		var heard journal
		running := make(chan struct{}, 1)
		var free atomic.Bool
		r.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
			if free.Load() {
				return heard.into(ctx, n)
			}
			running <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}, events.MaxAttempts(1)))
		r.publish(noteTaken, note{ID: "a"})
		<-running

		now, cancel := context.WithCancel(r.t.Context())
		cancel()
		if err := r.Dispatcher.Stop(now); err != nil {
			r.t.Fatalf("stop: %v", err)
		}
		free.Store(true)
		r.publish(noteTaken, note{ID: "b"})
		r.start()
		r.drain()

		if !heard.has("a") || !heard.has("b") {
			r.t.Errorf("after the next start got %q, want a and b", heard.all())
		}
		if failures := r.failures(); len(failures) != 0 {
			r.t.Errorf("being cancelled counted as a failure: %+v", failures)
		}
		r.expect("the reports", &r.reported)
	},

	"stop is in order when nothing was started": func(r *trial) {
		r.prepare()

		if err := r.Dispatcher.Stop(r.t.Context()); err != nil {
			r.t.Error(err)
		}
	},

	"start is refused while it is started": func(r *trial) {
		r.run()

		if r.Dispatcher.Start(r.t.Context()) == nil {
			r.t.Error("started twice")
		}
	},
}
