package jobs

import (
	"context"
	"fmt"

	"example.com/pergola/core/internal/descriptor"
	"example.com/pergola/core/internal/work"
	"example.com/pergola/core/observe"
)

// Handler does one job. Make it with Handle.
type Handler struct {
	job  *definition
	work func(ctx context.Context, entry Entry) error
}

// Handle makes the handler of a job. Every job has exactly one.
//
// The context that h gets ends with the timeout of the attempt or with the
// program; it carries neither the user nor the transaction of whoever enqueued
// the job. An error or a panic makes another attempt, unless GiveUp wraps the
// error.
func Handle[T any](job Job[T], h func(context.Context, T) error) Handler {
	return Handler{job: job.def, work: func(ctx context.Context, entry Entry) error {
		var payload T
		if err := descriptor.Decode(entry.Payload, &payload); err != nil {
			return GiveUp(err)
		}
		return h(ctx, payload)
	}}
}

// GiveUp marks an error after which another attempt would be in vain: the job
// is listed as failed at once. GiveUp(nil) is nil.
func GiveUp(err error) error { return work.GiveUp(err) }

// Job is the name of the job that the handler does, "" if that was not made by
// Define.
func (h Handler) Job() string {
	if h.job == nil {
		return ""
	}
	return h.job.name
}

// Work makes one attempt: it reads the payload, validates it and calls the
// handler in a span of its own. A panic comes back as an error. It is called by
// what works off a queue, and by jobstest.
func (h Handler) Work(ctx context.Context, entry Entry, attempt int) error {
	ctx = withRun(observe.WithTraceParent(ctx, entry.Trace), run{id: entry.ID, attempt: attempt})
	err := observe.Run(ctx, observe.LayerJob, entry.Job, func(ctx context.Context) error {
		return h.work(ctx, entry)
	})
	if err != nil {
		return fmt.Errorf("do %s: %w", entry.Job, err)
	}
	return nil
}

// Handlers do the jobs of a feature: a part of its manifest.
type Handlers []Handler

// FeaturePart names the part.
func (Handlers) FeaturePart() string { return "job handlers" }

type run struct {
	id      string
	attempt int
}

type runKey struct{}

func withRun(ctx context.Context, r run) context.Context {
	return context.WithValue(ctx, runKey{}, r)
}

// ID is the id of the job that is being done: the same in every attempt, so
// that it can tell whether something was done before. It is "" outside of a
// handler.
func ID(ctx context.Context) string {
	r, _ := ctx.Value(runKey{}).(run)
	return r.id
}

// Attempt counts the attempts of this job, from 1. It is 0 outside of a
// handler.
func Attempt(ctx context.Context) int {
	r, _ := ctx.Value(runKey{}).(run)
	return r.attempt
}
