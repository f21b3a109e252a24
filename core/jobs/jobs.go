// Package jobs runs work later: after the request, at a certain time, or on a
// schedule.
//
// # Enqueuing
//
// A feature defines its job once, in its jobs.go:
//
//	// SendDigestJob sends one reader the articles of the week.
//	// Rows carry this name: never change it.
//	var SendDigestJob = jobs.Define[SendDigest]("notifications.send_digest", jobs.MaxAttempts(5))
//
//	type SendDigest struct {
//		ReaderID string `json:"readerId" validate:"required"`
//	}
//
// lists it in its manifest together with its only handler, and enqueues it:
//
//	jobs.Jobs{SendDigestJob}
//	jobs.Handlers{jobs.Handle(SendDigestJob, f.sendDigest)}
//
//	err := SendDigestJob.Enqueue(ctx, queue, SendDigest{ReaderID: id}, jobs.At(tomorrow), jobs.UniqueBy(id))
//
// # Schedules
//
//	jobs.Schedules{jobs.Schedule(SendDigestsJob, jobs.Cron("0 7 * * MON", "Europe/Berlin"), SendDigests{})}
//
// Each tick enqueues the job once. Ticks while no process runs are skipped.
//
// # Guarantees
//
// Enqueue joins the transaction in the context: the job runs after the commit,
// and never if the transaction rolls back. Without a transaction it is enqueued
// immediately.
//
// A job runs at least once, so handlers must be idempotent. ID identifies the job
// for this, and Once makes a handler's database work effectively once. A handler
// that returns an error or panics is retried after a pause that doubles from a
// second to an hour, and never delays other jobs. After its last attempt the job
// is kept as failed, with payload, error, attempts and stack, until it is
// replayed.
//
// Jobs start by priority and then by age, up to the concurrency of their queue
// (see Queues). They run in parallel and may finish in any order.
//
// # Options
//
// An option given to Define applies to all jobs of the name, one given to Enqueue
// or Schedule to that job. See MaxAttempts, Timeout, Priority, OnQueue,
// UniqueBy, At and Private.
//
// # Payloads
//
// Payloads follow the rules of events: a struct whose fields have json tags,
// validated when it is enqueued and when it runs, with up to 1 MiB as JSON. In a
// stored payload unknown fields are ignored and missing ones are zero; the
// validate tags decide whether that is acceptable. A payload that can no longer
// be read fails immediately and is kept.
//
// # Storage
//
// Features see a Queue, which only inserts. The Worker behind it stores jobs in
// the application's database, runs them, and lets administrators inspect, retry,
// cancel, replay and pause them. All manifests are registered with it before the
// first job: invalid or duplicate names, jobs without a handler and schedules
// that never tick stop the program with one line each.
//
// Package jobstest provides a recording Queue, calls private handlers in tests,
// and starts a Worker for a test.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"example.com/pergola/core/internal/descriptor"
	"example.com/pergola/core/observe"
)

// Job is the descriptor of a job whose payload is a T.
type Job[T any] struct{ def *definition }

// Define creates a job. Its name consists of the feature and what to do, in lower
// case, as in "notifications.send_digest", and is stored: never change it.
// Mistakes in the name, in T or in the options are reported by Worker.Register.
func Define[T any](name string, options ...Option) Job[T] {
	settings, err := defaults().with(options)
	if !settings.at.IsZero() {
		err = errors.Join(err, errors.New("jobs.At is for Enqueue, not for Define"))
	}
	return Job[T]{&definition{name: name, payload: reflect.TypeFor[T](), settings: settings, err: err}}
}

// Name returns the name of the job, "" if it was not created by Define.
func (j Job[T]) Name() string {
	if j.def == nil {
		return ""
	}
	return j.def.name
}

// Enqueue stores the job: in the transaction of the context, after whose commit
// it runs, or immediately if there is none. It fails if the payload violates its
// validate tags, cannot be encoded as JSON or exceeds 1 MiB, if an option is
// invalid, and with the queue's error.
func (j Job[T]) Enqueue(ctx context.Context, queue Queue, payload T, options ...Option) error {
	if j.def == nil {
		return errors.New("enqueue: the job was not created by jobs.Define")
	}
	entry, err := j.def.entry(payload, options)
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", j.def.name, err)
	}
	entry.Trace = observe.TraceParent(ctx)
	if err := queue.Insert(ctx, entry); err != nil {
		return fmt.Errorf("enqueue %s: %w", j.def.name, err)
	}
	return nil
}

func (j Job[T]) definition() *definition { return j.def }

// AnyJob is a Job with any payload type.
type AnyJob interface {
	Name() string
	definition() *definition
}

// Jobs lists the jobs of a feature, in its manifest.
type Jobs []AnyJob

// FeaturePart names the part.
func (Jobs) FeaturePart() string { return "jobs" }

// definition identifies a job: two descriptors are the same if they share it.
type definition struct {
	name     string
	payload  reflect.Type
	settings settings
	err      error
}

func (d *definition) entry(payload any, options []Option) (Entry, error) {
	settings, err := d.settings.with(options)
	if err != nil {
		return Entry{}, err
	}
	raw, err := descriptor.Encode(payload)
	if err != nil {
		return Entry{}, err
	}
	return Entry{
		Job:         d.name,
		Payload:     raw,
		Queue:       settings.queue,
		Priority:    settings.priority,
		MaxAttempts: settings.maxAttempts,
		Timeout:     settings.timeout,
		UniqueKey:   settings.uniqueKey,
		At:          settings.at,
	}, nil
}
