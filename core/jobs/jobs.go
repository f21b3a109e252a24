// Package jobs does work later: after the request, at a certain time, or every
// morning.
//
// # Say it
//
// A feature names its job once, in its jobs.go:
//
//	// SendDigestJob sends one reader the articles of the week.
//	// Rows carry this name: never change it.
//	var SendDigestJob = jobs.Define[SendDigest]("notifications.send_digest", jobs.MaxAttempts(5))
//
//	type SendDigest struct {
//		ReaderID string `json:"readerId" validate:"required"`
//	}
//
// lists it in its manifest together with the one handler that does it, and
// enqueues it wherever it is needed:
//
//	jobs.Jobs{SendDigestJob}
//	jobs.Handlers{jobs.Handle(SendDigestJob, f.sendDigest)}
//
//	err := SendDigestJob.Enqueue(ctx, queue, SendDigest{ReaderID: id}, jobs.At(tomorrow), jobs.UniqueBy(id))
//
// # Every morning
//
//	jobs.Schedules{jobs.Schedule(SendDigestsJob, jobs.Cron("0 7 * * MON", "Europe/Berlin"), SendDigests{})}
//
// Each tick enqueues the job once. A tick that falls in a time when nothing is
// running is left out.
//
// # What is promised
//
// Enqueue joins the transaction in the context: the job is done after the
// commit and never if the transaction rolls back. Without a transaction it is
// enqueued at once.
//
// A job is done at least once: its handler must come to the same end when it is
// called again. ID names the job for this, and Once does it for work in the
// database. A handler that fails or panics is
// tried again after a pause that doubles from a second to an hour; it never
// holds up other jobs. After its last attempt the job stays in the list of
// failures, with payload, error, attempts and stack, until it is replayed.
//
// Jobs begin by priority and then by age, as many at once as their queue is
// wide. No order is promised: they run beside one another.
//
// # Options
//
// An option given to Define holds for every job of the name, given to Enqueue
// or Schedule for that one. See MaxAttempts, Timeout, Priority, OnQueue,
// UniqueBy, and At.
//
// # Payloads
//
// They follow the rules of events: a struct with json tags on its fields,
// validated when it is enqueued and when it is read back, with at most 1 MiB as
// JSON. In a stored payload unknown fields are passed over and missing ones are
// zero; the validate tags decide whether that will do. A payload that cannot be
// read any more fails at once and is kept.
//
// # Where it runs
//
// Features see a Queue, which only inserts. Behind it stands a Worker: Postgres
// keeps the jobs in the application's database, Memory works inside the process
// for development without one. A Worker is sealed with all manifests
// before the first job, which is when wrong names, doubles, jobs without a
// handler and rhythms that never come stop the program with one line each.
//
// # Looking at it
//
// Every Worker is an Inspector: it lists queues and jobs in each state of their
// life (waiting, scheduled, running, retrying, failed, done), and hurries,
// cancels, replays and pauses. Pages for administrators stand on it. Payloads
// are shown unless the job is defined with Private.
//
// Package jobstest has the recorder for tests of those who enqueue, a way to
// reach private handlers, and the tests that every Worker must pass.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"example.com/pergola/core/internal/descriptor"
	"example.com/pergola/core/observe"
)

// Job is the descriptor of a job whose payload is a T.
type Job[T any] struct{ def *definition }

// Define names a job: the feature and what is to be done, in lower case, as in
// "notifications.send_digest". The name is stored: never change it. What is
// wrong with it, with T or with the options is told when the application is
// sealed.
func Define[T any](name string, options ...Option) Job[T] {
	settings, err := defaults().with(options)
	if !settings.at.IsZero() {
		err = errors.Join(err, errors.New("jobs.At is for Enqueue, not for Define"))
	}
	return Job[T]{&definition{name: name, payload: reflect.TypeFor[T](), settings: settings, err: err}}
}

// Name is the name of the job, "" if it was not made by Define.
func (j Job[T]) Name() string {
	if j.def == nil {
		return ""
	}
	return j.def.name
}

// Enqueue has the job done: after the commit if the context carries a
// transaction, never if that rolls back, else as soon as there is room. It
// fails when the payload breaks its validate tags, cannot be written as JSON or
// is larger than 1 MiB, when an option makes no sense, and with the queue's
// error.
func (j Job[T]) Enqueue(ctx context.Context, queue Queue, payload T, options ...Option) error {
	if j.def == nil {
		return errors.New("enqueue: the job was not made by jobs.Define")
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

// AnyJob is a Job of any payload.
type AnyJob interface {
	Name() string
	definition() *definition
}

// Jobs are the jobs that a feature brings: a part of its manifest.
type Jobs []AnyJob

// FeaturePart names the part.
func (Jobs) FeaturePart() string { return "jobs" }

// definition is what makes two descriptors the same.
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

// Entry is one job in a queue, without its type.
type Entry struct {
	ID          string          // given by the queue
	Job         string          // the job's name
	Payload     json.RawMessage // validated
	Queue       string
	Priority    int // 1 to 4, 1 first
	MaxAttempts int
	Timeout     time.Duration // of one attempt
	UniqueKey   string        // UniqueBy's; "" if any number may wait
	At          time.Time     // not before; zero for at once
	EnqueuedAt  time.Time     // given by the queue
	Trace       string        // the span it was enqueued in (see observe.TraceParent); "" if none
}

// Queue is where jobs are enqueued. It only inserts: the handlers are known to
// what stands behind it.
type Queue interface {
	// Insert takes the entry in: with the transaction of the context, if there
	// is one. It does nothing if the entry has a UniqueKey and an unfinished
	// job of the same name has the same. It fails if the job is listed by no
	// feature, if the queue is named by nobody, and if nothing can be enqueued
	// yet or any more. Job.Enqueue calls it; nobody else does.
	Insert(ctx context.Context, entry Entry) error
}
