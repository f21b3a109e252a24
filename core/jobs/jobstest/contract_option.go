package jobstest

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"example.com/pergola/core/jobs"
)

var optionTests = map[string]func(*trial){
	"does a job at its time and drains without waiting for it": func(r *trial) {
		var done journal
		r.run(done.into)
		soon := time.Now().Add(50 * time.Millisecond)

		r.enqueue(washJob, "next year", jobs.At(time.Now().AddDate(1, 0, 0)))
		r.enqueue(washJob, "yesterday", jobs.At(time.Now().AddDate(0, 0, -1)))
		r.drain()
		r.expect("what was due", &done, "yesterday")

		r.enqueue(cookJob, "soon", jobs.At(soon))
		r.wait(&done, "soon")

		if time.Now().Before(soon) {
			r.t.Error("the job was done before its time")
		}
	},

	"leaves out a job while an equal one is unfinished": func(r *trial) {
		var done journal
		release := make(chan struct{})
		r.run(func(ctx context.Context, c chore) error {
			<-release
			return done.into(ctx, c)
		})

		r.enqueue(washJob, "a", jobs.UniqueBy("x"))
		r.enqueue(washJob, "a again", jobs.UniqueBy("x"))
		r.enqueue(washJob, "another key", jobs.UniqueBy("y"))
		r.enqueue(cookJob, "another job", jobs.UniqueBy("x"))
		err := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
			return washJob.Enqueue(ctx, r.Worker, chore{ID: "a in a transaction"}, jobs.UniqueBy("x"))
		})
		close(release)
		r.drain()
		r.enqueue(washJob, "a when the first is done", jobs.UniqueBy("x"))
		r.drain()

		if err != nil {
			r.t.Error(err)
		}
		for _, want := range []string{"a", "another key", "another job", "a when the first is done"} {
			if !done.has(want) {
				r.t.Errorf("%q was not done", want)
			}
		}
		if got := done.all(); len(got) != 4 {
			r.t.Errorf("got %q, want four of them", got)
		}
	},

	"a failed job is no longer in the way of an equal one": func(r *trial) {
		var mended atomic.Bool
		var done journal
		r.run(func(ctx context.Context, c chore) error {
			if !mended.Load() {
				return errNotYet
			}
			return done.into(ctx, c)
		})
		r.enqueue(shopJob, "first")
		r.drain()

		mended.Store(true)
		r.enqueue(shopJob, "second")
		r.drain()

		r.expect("the handler", &done, "second")
	},

	"does the more important first": func(r *trial) {
		var done journal
		r.settings.Queues = map[string]int{jobs.DefaultQueue: 1}
		r.prepare(done.into)
		for priority := 4; priority >= 1; priority-- {
			r.enqueue(washJob, strconv.Itoa(priority), jobs.Priority(priority))
		}

		r.start()
		r.drain()

		r.expect("the handler", &done, "1", "2", "3", "4")
	},

	"runs as many at once as the queue is wide": func(r *trial) {
		var running, most atomic.Int32
		r.settings.Queues = map[string]int{jobs.DefaultQueue: 2}
		r.run(func(context.Context, chore) error {
			now := running.Add(1)
			defer running.Add(-1)
			for {
				seen := most.Load()
				if now <= seen || most.CompareAndSwap(seen, now) {
					return nil
				}
			}
		})

		for n := range 50 {
			r.enqueue(washJob, strconv.Itoa(n+1))
		}
		r.drain()

		if got := most.Load(); got > 2 {
			r.t.Errorf("%d jobs ran at once, want no more than 2", got)
		}
	},

	"a full queue is not in the way of another": func(r *trial) {
		var done journal
		release := make(chan struct{})
		r.settings.Queues = map[string]int{jobs.DefaultQueue: 1}
		r.run(func(ctx context.Context, c chore) error {
			if c.ID == "slow" {
				<-release
			}
			return done.into(ctx, c)
		})

		r.enqueue(washJob, "slow")
		r.enqueue(cookJob, "quick")
		r.wait(&done, "quick")
		close(release)
		r.drain()

		r.expect("the handlers", &done, "quick", "slow")
	},

	"enqueues at the ticks of a schedule": func(r *trial) {
		var done journal
		r.run(done.into, jobs.Schedule(washJob, jobs.Every(time.Second), chore{ID: "tick"}))

		r.wait(&done, "tick")
	},
}
