package jobs

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/internal/durable"
)

// Handler runs one job. Create it with Handle.
type Handler struct {
	job    *definition
	handle func(ctx context.Context, payload json.RawMessage) error
}

// Handle creates the handler for a job. Every job has exactly one.
//
// The context of h ends with the timeout of the attempt or with the program. It
// carries neither the user nor the transaction in which the job was enqueued. If
// h returns an error or panics, it is called again later, unless GiveUp wraps
// the error.
func Handle[T any](job Job[T], h func(context.Context, T) error) Handler {
	return Handler{job: job.def, handle: durable.Handler(h)}
}

// GiveUp marks an error that a retry cannot fix: the job fails immediately.
// GiveUp(nil) is nil.
func GiveUp(err error) error { return durable.GiveUp(err) }

// Once makes the database work of a handler effectively once: h runs in a
// transaction that also marks the job as done, so that both are stored or
// neither is. If two attempts overlap, because a live process appeared to be
// dead, one of them is rolled back.
//
//	jobs.Handle(SendDigestJob, jobs.Once(db, f.storeDigest))
//
// This covers what h writes to db, and the events and jobs that it publishes and
// enqueues there. An email that h sends itself may be sent more than once.
func Once[T any](db *database.DB, h func(context.Context, T) error) func(context.Context, T) error {
	return durable.Once(db, h)
}

// Job returns the name of the job, "" if that was not created by Define.
func (h Handler) Job() string {
	if h.job == nil {
		return ""
	}
	return h.job.name
}

// Work makes one attempt: it decodes and validates the payload and calls the
// handler in a span. A panic is returned as an error. It is called by the Worker
// and by jobstest.
func (h Handler) Work(ctx context.Context, entry Entry, attempt int) error {
	call := durable.Attempt{Partition: durable.Jobs, ID: entry.ID, Number: attempt, Name: entry.Job, Trace: entry.Trace}
	err := call.Run(ctx, func(ctx context.Context) error { return h.handle(ctx, entry.Payload) })
	if err != nil {
		return fmt.Errorf("run %s: %w", entry.Job, err)
	}
	return nil
}

// Handlers lists the job handlers of a feature, in its manifest.
type Handlers []Handler

// FeaturePart names the part.
func (Handlers) FeaturePart() string { return "job handlers" }

// ID returns the id of the running job. It is the same in every attempt, so it
// can be used to detect repetitions. It is "" outside of a handler.
func ID(ctx context.Context) string { return durable.Jobs.CurrentAttempt(ctx).ID }

// Attempt returns the number of the current attempt, from 1. It is 0 outside of
// a handler.
func Attempt(ctx context.Context) int { return durable.Jobs.CurrentAttempt(ctx).Number }
