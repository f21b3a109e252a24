package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
)

func TestWorker_retriesUntilSuccess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var attempts, ids calls
	f.run(func(ctx context.Context, _ chore) error {
		attempts.add(strconv.Itoa(jobs.Attempt(ctx)))
		ids.add(jobs.ID(ctx))
		if jobs.Attempt(ctx) < 3 {
			return errNotYet
		}
		return nil
	})

	f.enqueue(washJob, "a")
	f.drain()

	f.want("the attempts", &attempts, "1", "2", "3")
	if different := slices.Compact(ids.all()); len(different) != 1 || different[0] == "" {
		t.Errorf("the ids are %q, want the same in each attempt", ids.all())
	}
	if failures := f.failures(); len(failures) != 0 {
		t.Errorf("a job that finally succeeded is listed as failed: %+v", failures)
	}
}

func TestWorker_keepsFailedJobsAndReplaysThem(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var fixed atomic.Bool
	var done calls
	f.run(func(ctx context.Context, c chore) error {
		if !fixed.Load() {
			return errNotYet
		}
		return done.record(ctx, c)
	})

	f.enqueue(cookJob, "a")
	f.drain()

	failures := f.failures()
	if len(failures) != 1 {
		t.Fatalf("got %d failures, want one", len(failures))
	}
	got := failures[0]
	if got.Job != cookJob.Name() || got.Queue != "kitchen" || got.Attempts != 2 ||
		!strings.Contains(got.Error, errNotYet.Error()) || got.Stack == "" ||
		!strings.Contains(string(got.Payload), `"a"`) || got.EnqueuedAt.IsZero() || got.FinishedAt.IsZero() {
		t.Errorf("the failure is incomplete: %+v", got)
	}

	fixed.Store(true)
	if err := f.worker.Replay(t.Context(), got.ID); err != nil {
		t.Fatalf("replay: %v", err)
	}
	f.drain()

	f.want("the handler", &done, "a")
	if left := f.failures(); len(left) != 0 {
		t.Errorf("a replayed one is still listed as failed: %+v", left)
	}
}

func TestWorker_rejectsReplayOfAnUnknownJob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(new(calls).record)

	err := f.worker.Replay(t.Context(), "019300f0-0000-7000-8000-000000000000")

	if !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

func TestWorker_rejectsReplayWhileAnEqualJobIsUnfinished(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	release := make(chan struct{})
	f.run(func(_ context.Context, c chore) error {
		if c.ID == "first" {
			return errNotYet
		}
		<-release
		return nil
	})
	f.enqueue(shopJob, "first")
	f.drain()
	f.enqueue(shopJob, "second")

	err := f.worker.Replay(t.Context(), f.failures()[0].ID)
	close(release)
	f.drain()

	if !errors.Is(err, fault.Conflict) || len(f.failures()) != 1 {
		t.Errorf("got %v and %d failures, want a conflict and one", err, len(f.failures()))
	}
}

func TestWorker_recoversFromPanics(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.run(func(ctx context.Context, c chore) error {
		if c.ID == "bad" {
			panic("a nasty chore")
		}
		return done.record(ctx, c)
	})

	f.enqueue(cookJob, "bad")
	f.enqueue(cookJob, "good")
	f.drain()

	f.want("the handler", &done, "good")
	failures := f.failures()
	if len(failures) != 1 || !strings.Contains(failures[0].Error, "a nasty chore") || !strings.Contains(failures[0].Stack, "jobs_test") {
		t.Errorf("got the failures %+v, want the panic with its stack", failures)
	}
}

func TestWorker_failsAtOnceAfterGiveUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(func(context.Context, chore) error {
		return jobs.GiveUp(fault.NotFound.New("The dishes are gone."))
	})

	f.enqueue(washJob, "a")
	f.drain()

	if failures := f.failures(); len(failures) != 1 || failures[0].Attempts != 1 {
		t.Errorf("got the failures %+v, want one after one attempt", failures)
	}
}

func TestWorker_cancelsAnAttemptAfterItsTimeout(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(func(ctx context.Context, _ chore) error {
		<-ctx.Done()
		return ctx.Err()
	})

	f.enqueue(knockJob, "a")
	f.drain()

	if failures := f.failures(); len(failures) != 1 || !strings.Contains(failures[0].Error, context.DeadlineExceeded.Error()) {
		t.Errorf("got the failures %+v, want one timeout", failures)
	}
}

func TestWorker_reportsFinishedAttemptsButNoExpectedFaults(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(func(_ context.Context, c chore) error {
		if c.ID == "broken" {
			return errNotYet
		}
		return fault.Conflict.New("Someone else changed this first.")
	})

	f.enqueue(washJob, "broken", jobs.MaxAttempts(3))
	f.enqueue(washJob, "careful", jobs.MaxAttempts(3))
	f.drain()

	f.want("the reports", &f.reported, "chores.wash", "chores.wash", "chores.wash")
	if got := len(f.failures()); got != 2 {
		t.Errorf("got %d failures, want both listed", got)
	}
}

func TestWorker_runsOtherJobsWhileOneKeepsFailing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.queues = jobs.Queues{{Name: jobs.DefaultQueue, Concurrency: 1}}
	f.run(func(ctx context.Context, c chore) error {
		if c.ID == "poison" && !done.has("after") {
			return errNotYet // until everything else is done
		}
		return done.record(ctx, c)
	})

	f.enqueue(washJob, "poison", jobs.MaxAttempts(100_000))
	f.enqueue(washJob, "after")
	f.drain()

	f.want("the handler", &done, "after", "poison")
}
