package events_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/events"
)

func TestDispatcher_stopWaitsForRunningDeliveries(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var finished atomic.Bool
	running := make(chan struct{})
	f.run(events.Handle(noteTaken, "notes.first", func(context.Context, note) error {
		close(running)
		<-time.After(20 * time.Millisecond) // a Stop that does not wait would return earlier
		finished.Store(true)
		return nil
	}))
	f.publish(noteTaken, note{ID: "a"})
	<-running

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := f.dispatcher.Stop(ctx)

	if err != nil || !finished.Load() {
		t.Errorf("Stop returned error %v; the handler had finished: %v", err, finished.Load())
	}
}

func TestDispatcher_stopReturnsCanceledDeliveriesToTheQueue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	running := make(chan struct{}, 1)
	var free atomic.Bool
	f.run(events.Handle(noteTaken, "notes.first", func(ctx context.Context, n note) error {
		if free.Load() {
			return handled.record(ctx, n)
		}
		running <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}, events.MaxAttempts(1)))
	f.publish(noteTaken, note{ID: "a"})
	<-running

	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.dispatcher.Stop(now); err != nil {
		t.Fatalf("stop: %v", err)
	}
	free.Store(true)
	f.publish(noteTaken, note{ID: "b"})
	f.start()
	f.drain()

	if !handled.has("a") || !handled.has("b") {
		t.Errorf("after the next start got %q, want a and b", handled.all())
	}
	if failures := f.failures(); len(failures) != 0 {
		t.Errorf("a cancellation counted as a failure: %+v", failures)
	}
	f.want("the reports", &f.reported)
}

func TestDispatcher_stopWithoutStartDoesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register()

	if err := f.dispatcher.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDispatcher_rejectsASecondStart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run()

	if f.dispatcher.Start(t.Context()) == nil {
		t.Error("started twice")
	}
}
