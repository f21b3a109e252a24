package jobs_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/jobs"
)

func TestWorker_stopWaitsForRunningJobs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var finished atomic.Bool
	running := make(chan struct{})
	f.run(func(context.Context, chore) error {
		close(running)
		<-time.After(20 * time.Millisecond) // a Stop that does not wait would return earlier
		finished.Store(true)
		return nil
	})
	f.enqueue(washJob, "a")
	<-running

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := f.worker.Stop(ctx)

	if err != nil || !finished.Load() {
		t.Errorf("Stop returned error %v; the handler had finished: %v", err, finished.Load())
	}
}

func TestWorker_stopReturnsCanceledJobsToTheQueue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	running := make(chan struct{}, 1)
	var free atomic.Bool
	f.run(func(ctx context.Context, c chore) error {
		if free.Load() {
			return done.record(ctx, c)
		}
		running <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	f.enqueue(washJob, "a", jobs.MaxAttempts(1), jobs.UniqueBy("x"))
	<-running

	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.worker.Stop(now); err != nil {
		t.Fatalf("stop: %v", err)
	}
	free.Store(true)
	f.enqueue(washJob, "b")
	f.start()
	f.drain()

	if !done.has("a") || !done.has("b") {
		t.Errorf("after the next start got %q, want a and b", done.all())
	}
	if failures := f.failures(); len(failures) != 0 {
		t.Errorf("a cancellation counted as a failure: %+v", failures)
	}
	f.want("the reports", &f.reported)
}

func TestWorker_stopWithoutStartDoesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(new(calls).record)

	if err := f.worker.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWorker_rejectsASecondStart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(new(calls).record)

	if f.worker.Start(t.Context()) == nil {
		t.Error("started twice")
	}
}
