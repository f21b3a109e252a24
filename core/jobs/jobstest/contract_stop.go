package jobstest

import (
	"context"
	"sync/atomic"
	"time"

	"example.com/pergola/core/jobs"
)

var stopTests = map[string]func(*trial){
	"stop waits for what runs": func(r *trial) {
		var finished atomic.Bool
		running := make(chan struct{})
		r.run(func(context.Context, chore) error {
			close(running)
			<-time.After(20 * time.Millisecond) // long enough to be overtaken by a Stop that does not wait
			finished.Store(true)
			return nil
		})
		r.enqueue(washJob, "a")
		<-running

		ctx, cancel := context.WithTimeout(r.t.Context(), patience)
		defer cancel()
		err := r.Worker.Stop(ctx)

		if err != nil || !finished.Load() {
			r.t.Errorf("stopped with error %v while the handler had finished: %v", err, finished.Load())
		}
	},

	"stop hands back what it cancels": func(r *trial) {
		var done journal
		running := make(chan struct{}, 1)
		var free atomic.Bool
		r.run(func(ctx context.Context, c chore) error {
			if free.Load() {
				return done.into(ctx, c)
			}
			running <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
		r.enqueue(washJob, "a", jobs.MaxAttempts(1), jobs.UniqueBy("x"))
		<-running

		now, cancel := context.WithCancel(r.t.Context())
		cancel()
		if err := r.Worker.Stop(now); err != nil {
			r.t.Fatalf("stop: %v", err)
		}
		free.Store(true)
		r.enqueue(washJob, "b")
		r.start()
		r.drain()

		if !done.has("a") || !done.has("b") {
			r.t.Errorf("after the next start got %q, want a and b", done.all())
		}
		if failures := r.failures(); len(failures) != 0 {
			r.t.Errorf("being cancelled counted as a failure: %+v", failures)
		}
		r.expect("the reports", &r.reported)
	},

	"stop is in order when nothing was started": func(r *trial) {
		r.prepare(new(journal).into)

		if err := r.Worker.Stop(r.t.Context()); err != nil {
			r.t.Error(err)
		}
	},

	"start is refused while it is started": func(r *trial) {
		r.run(new(journal).into)

		if r.Worker.Start(r.t.Context()) == nil {
			r.t.Error("started twice")
		}
	},
}
