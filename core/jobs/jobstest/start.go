package jobstest

import (
	"context"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
)

// Options configures a Worker for tests: it retries within a millisecond and
// finds jobs immediately.
func Options() jobs.WorkerOptions {
	return jobs.WorkerOptions{
		Backoff:      func(int) time.Duration { return time.Millisecond },
		PollInterval: 20 * time.Millisecond,
	}
}

// Run creates a Worker with Options on the test's database, registers the
// manifests, and starts it. It stops after the test.
func Run(t testing.TB, db *database.DB, manifests ...feature.Manifest) *jobs.Worker {
	t.Helper()
	worker, err := jobs.NewWorker(db, Options())
	if err != nil {
		t.Fatalf("jobstest: %v", err)
	}
	if err := worker.Register(manifests); err != nil {
		t.Fatalf("jobstest: register: %v", err)
	}
	Start(t, worker)
	return worker
}

// Start starts the worker and stops it after the test.
func Start(t testing.TB, worker *jobs.Worker) {
	t.Helper()
	if err := worker.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatalf("jobstest: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := worker.Stop(ctx); err != nil {
			t.Errorf("jobstest: %v", err)
		}
	})
}

// Drain waits until every job that is due is done or has failed permanently. The
// test fails if that takes longer than a minute.
func Drain(t testing.TB, worker *jobs.Worker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if err := worker.Drain(ctx); err != nil {
		t.Fatalf("jobstest: %v", err)
	}
}

// timeout is generous for machines under load.
const timeout = time.Minute
