package jobstest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
)

var failureTests = map[string]func(*trial){
	"tries again until it succeeds": func(r *trial) {
		var attempts, ids journal
		r.run(func(ctx context.Context, _ chore) error {
			attempts.add(strconv.Itoa(jobs.Attempt(ctx)))
			ids.add(jobs.ID(ctx))
			if jobs.Attempt(ctx) < 3 {
				return errNotYet
			}
			return nil
		})

		r.enqueue(washJob, "a")
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
		var done journal
		r.run(func(ctx context.Context, c chore) error {
			if !mended.Load() {
				return errNotYet
			}
			return done.into(ctx, c)
		})

		r.enqueue(cookJob, "a")
		r.drain()

		failures := r.failures()
		if len(failures) != 1 {
			r.t.Fatalf("got %d failures, want one", len(failures))
		}
		got := failures[0]
		if got.Job != cookJob.Name() || got.Queue != "kitchen" || got.Attempts != 2 ||
			!strings.Contains(got.Error, errNotYet.Error()) || got.Stack == "" ||
			!strings.Contains(string(got.Payload), `"a"`) || got.EnqueuedAt.IsZero() || got.FailedAt.IsZero() {
			r.t.Errorf("the failure does not say everything: %+v", got)
		}

		mended.Store(true)
		if err := r.Worker.Replay(r.t.Context(), got.ID); err != nil {
			r.t.Fatalf("replay: %v", err)
		}
		r.drain()

		r.expect("the handler", &done, "a")
		if left := r.failures(); len(left) != 0 {
			r.t.Errorf("what was replayed is still listed: %+v", left)
		}
	},

	"cannot replay what did not fail": func(r *trial) {
		r.run(new(journal).into)

		err := r.Worker.Replay(r.t.Context(), "019300f0-0000-7000-8000-000000000000")

		if !errors.Is(err, fault.NotFound) {
			r.t.Errorf("got %v, want not found", err)
		}
	},

	"does not replay beside an equal one": func(r *trial) {
		release := make(chan struct{})
		r.run(func(_ context.Context, c chore) error {
			if c.ID == "first" {
				return errNotYet
			}
			<-release
			return nil
		})
		r.enqueue(shopJob, "first")
		r.drain()
		r.enqueue(shopJob, "second")

		err := r.Worker.Replay(r.t.Context(), r.failures()[0].ID)
		close(release)
		r.drain()

		if !errors.Is(err, fault.Conflict) || len(r.failures()) != 1 {
			r.t.Errorf("got %v and %d failures, want a conflict and one", err, len(r.failures()))
		}
	},

	"survives a handler that panics": func(r *trial) {
		var done journal
		r.run(func(ctx context.Context, c chore) error {
			if c.ID == "bad" {
				panic("a nasty chore")
			}
			return done.into(ctx, c)
		})

		r.enqueue(cookJob, "bad")
		r.enqueue(cookJob, "good")
		r.drain()

		r.expect("the handler", &done, "good")
		failures := r.failures()
		if len(failures) != 1 || !strings.Contains(failures[0].Error, "a nasty chore") || !strings.Contains(failures[0].Stack, "jobstest") {
			r.t.Errorf("got the failures %+v, want the panic with its stack", failures)
		}
	},

	"gives up at once when the handler does": func(r *trial) {
		r.run(func(context.Context, chore) error {
			return jobs.GiveUp(fault.NotFound.New("The dishes are gone."))
		})

		r.enqueue(washJob, "a")
		r.drain()

		if failures := r.failures(); len(failures) != 1 || failures[0].Attempts != 1 {
			r.t.Errorf("got the failures %+v, want one after one attempt", failures)
		}
	},

	"ends an attempt that takes too long": func(r *trial) {
		r.run(func(ctx context.Context, _ chore) error {
			<-ctx.Done()
			return ctx.Err()
		})

		r.enqueue(impatient, "a")
		r.drain()

		if failures := r.failures(); len(failures) != 1 || !strings.Contains(failures[0].Error, context.DeadlineExceeded.Error()) {
			r.t.Errorf("got the failures %+v, want one timeout", failures)
		}
	},

	"reports each failed attempt once, and no expected fault": func(r *trial) {
		r.run(func(_ context.Context, c chore) error {
			if c.ID == "broken" {
				return errNotYet
			}
			return fault.Conflict.New("Somebody was faster.")
		})

		r.enqueue(washJob, "broken", jobs.MaxAttempts(3))
		r.enqueue(washJob, "careful", jobs.MaxAttempts(3))
		r.drain()

		r.expect("the reports", &r.reported, "chores.wash", "chores.wash", "chores.wash")
		if got := len(r.failures()); got != 2 {
			r.t.Errorf("got %d failures, want both listed", got)
		}
	},

	"a poison job holds up no other": func(r *trial) {
		var done journal
		r.settings.Queues = map[string]int{jobs.DefaultQueue: 1}
		r.run(func(ctx context.Context, c chore) error {
			if c.ID == "poison" && !done.has("after") {
				return errNotYet // until everything else has gone by
			}
			return done.into(ctx, c)
		})

		r.enqueue(washJob, "poison", jobs.MaxAttempts(100_000))
		r.enqueue(washJob, "after")
		r.drain()

		r.expect("the handler", &done, "after", "poison")
	},
}
