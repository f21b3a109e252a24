package jobs_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/jobs"
)

func TestWorker_runsAJobAtItsTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.run(done.record)
	soon := time.Now().Add(50 * time.Millisecond)

	f.enqueue(washJob, "next year", jobs.At(time.Now().AddDate(1, 0, 0)))
	f.enqueue(washJob, "yesterday", jobs.At(time.Now().AddDate(0, 0, -1)))
	f.drain()
	f.want("what was due", &done, "yesterday")

	f.enqueue(cookJob, "soon", jobs.At(soon))
	f.wait(&done, "soon")

	if time.Now().Before(soon) {
		t.Error("the job ran too early")
	}
}

func TestWorker_skipsAJobWhileAnEqualOneIsUnfinished(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	release := make(chan struct{})
	f.run(func(ctx context.Context, c chore) error {
		<-release
		return done.record(ctx, c)
	})

	f.enqueue(washJob, "a", jobs.UniqueBy("x"))
	f.enqueue(washJob, "a again", jobs.UniqueBy("x"))
	f.enqueue(washJob, "another key", jobs.UniqueBy("y"))
	f.enqueue(cookJob, "another job", jobs.UniqueBy("x"))
	err := f.db.InTx(t.Context(), func(ctx context.Context) error {
		return washJob.Enqueue(ctx, f.worker, chore{ID: "a in a transaction"}, jobs.UniqueBy("x"))
	})
	close(release)
	f.drain()
	f.enqueue(washJob, "a when the first is done", jobs.UniqueBy("x"))
	f.drain()

	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{"a", "another key", "another job", "a when the first is done"} {
		if !done.has(want) {
			t.Errorf("%q was not done", want)
		}
	}
	if got := done.all(); len(got) != 4 {
		t.Errorf("got %q, want four of them", got)
	}
}

func TestWorker_runsAJobAfterAnEqualOneFailed(t *testing.T) {
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
	f.enqueue(shopJob, "first")
	f.drain()

	fixed.Store(true)
	f.enqueue(shopJob, "second")
	f.drain()

	f.want("the handler", &done, "second")
}

func TestWorker_runsHigherPrioritiesFirst(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.queues = jobs.Queues{{Name: jobs.DefaultQueue, Concurrency: 1}}
	f.register(done.record)
	for priority := 4; priority >= 1; priority-- {
		f.enqueue(washJob, strconv.Itoa(priority), jobs.Priority(priority))
	}

	f.start()
	f.drain()

	f.want("the handler", &done, "1", "2", "3", "4")
}

func TestWorker_limitsTheConcurrencyOfAQueue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var running, most atomic.Int32
	f.queues = jobs.Queues{{Name: jobs.DefaultQueue, Concurrency: 2}}
	f.run(func(context.Context, chore) error {
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
		f.enqueue(washJob, strconv.Itoa(n+1))
	}
	f.drain()

	if got := most.Load(); got > 2 {
		t.Errorf("%d jobs ran at once, want no more than 2", got)
	}
}

func TestWorker_runsOtherQueuesWhileOneIsFull(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	release := make(chan struct{})
	f.queues = jobs.Queues{{Name: jobs.DefaultQueue, Concurrency: 1}}
	f.run(func(ctx context.Context, c chore) error {
		if c.ID == "slow" {
			<-release
		}
		return done.record(ctx, c)
	})

	f.enqueue(washJob, "slow")
	f.enqueue(cookJob, "quick")
	f.wait(&done, "quick")
	close(release)
	f.drain()

	f.want("the handlers", &done, "quick", "slow")
}

func TestWorker_enqueuesOnSchedule(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.run(done.record, jobs.Schedule(washJob, jobs.Every(time.Second), chore{ID: "tick"}))

	f.wait(&done, "tick")
}
