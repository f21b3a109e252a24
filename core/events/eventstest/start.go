package eventstest

import (
	"context"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

// Options configures a Dispatcher for tests: it retries within a millisecond and
// finds deliveries immediately.
func Options() events.DispatcherOptions {
	return events.DispatcherOptions{
		Backoff:      func(int) time.Duration { return time.Millisecond },
		PollInterval: 20 * time.Millisecond,
	}
}

// Run creates a Dispatcher with Options on the test's database, registers the
// manifests, with the events of features that are not under test, and starts it.
// It stops after the test.
func Run(t testing.TB, db *database.DB, manifests ...feature.Manifest) *events.Dispatcher {
	t.Helper()
	dispatcher, err := events.NewDispatcher(db, Options())
	if err != nil {
		t.Fatalf("eventstest: %v", err)
	}
	if err := dispatcher.Register(append(Publishers(manifests), manifests...)); err != nil {
		t.Fatalf("eventstest: register: %v", err)
	}
	Start(t, dispatcher)
	return dispatcher
}

// Start starts the dispatcher and stops it after the test.
func Start(t testing.TB, dispatcher *events.Dispatcher) {
	t.Helper()
	if err := dispatcher.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatalf("eventstest: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := dispatcher.Stop(ctx); err != nil {
			t.Errorf("eventstest: %v", err)
		}
	})
}

// Drain waits until everything that was published is delivered or has failed
// permanently. The test fails if that takes longer than a minute.
func Drain(t testing.TB, dispatcher *events.Dispatcher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if err := dispatcher.Drain(ctx); err != nil {
		t.Fatalf("eventstest: %v", err)
	}
}

// timeout is generous for machines under load.
const timeout = time.Minute
