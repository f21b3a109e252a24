package jobs

import (
	"context"
	"encoding/json"
	"time"

	"example.com/pergola/core/feature"
)

// Worker is a Queue with everything behind it: what an application seals,
// starts and stops, and administrators look at. Every implementation passes
// jobstest.TestWorker.
type Worker interface {
	Queue
	Inspector

	// Seal tells which jobs, handlers and schedules there are. It is called
	// once, before the first job; enqueuing fails until then. Its error has a
	// line for each thing that is wrong, with the file to mend.
	Seal(manifests []feature.Manifest) error

	// Start begins to work and to tick. The values of the context reach the
	// handlers, its end does not. What was enqueued before waits until then.
	Start(ctx context.Context) error

	// Stop begins no further job and waits for those that run. When ctx ends
	// they are cancelled, and handed back as if they had not begun. It fails
	// only if a handler goes on all the same. What is not done stays, and is
	// done after the next Start.
	Stop(ctx context.Context) error

	// Drain waits until every job that is due has succeeded or is listed as
	// failed, with those that were enqueued meanwhile and the pauses between
	// attempts. It does not wait for jobs that are due later. It fails when ctx
	// ends, or when something waits and nothing is started. It must not be
	// called by a handler.
	Drain(ctx context.Context) error

	// Failures are the jobs that have used up their attempts, oldest first.
	Failures(ctx context.Context) ([]Failure, error)
}

// Failure is a job that has used up its attempts.
type Failure struct {
	ID         string // of the job; what Replay takes
	Job        string
	Queue      string
	Payload    json.RawMessage
	EnqueuedAt time.Time
	FailedAt   time.Time
	Attempts   int
	Error      string // of the last attempt
	Stack      string // of the last attempt; "" for expected faults
}
