// Package jobstest helps test features that enqueue or run jobs.
//
// Pass a Recorder to a use case that enqueues:
//
//	queue := jobstest.NewRecorder()
//	…
//	got := jobstest.Enqueued(queue, notifications.SendDigestJob) // []notifications.SendDigest
//
// Handlers are private to their feature. Work calls them through the manifest, as
// the application does:
//
//	err := jobstest.Work(t, feature.Manifest(), notifications.SendDigestJob, notifications.SendDigest{…})
//
// and WorkAll runs what a Recorder has recorded. Run starts a real Worker on the
// test's database.
package jobstest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"example.com/pergola/core/database"
	"example.com/pergola/core/jobs"
)

// Recorder is a jobs.Queue that runs nothing and records jobs: when they are
// committed, if there is a transaction. It also records jobs that UniqueBy would
// skip; see the keys in Entries.
type Recorder struct {
	mu      sync.Mutex
	entries []jobs.Entry
	worked  int // by WorkAll
}

var _ jobs.Queue = (*Recorder)(nil)

// NewRecorder creates an empty Recorder.
func NewRecorder() *Recorder { return &Recorder{} }

// Insert records an entry when the transaction of the context is committed, or
// immediately if there is none.
func (r *Recorder) Insert(ctx context.Context, entry jobs.Entry) error {
	database.AfterCommit(ctx, func(context.Context) {
		r.mu.Lock()
		defer r.mu.Unlock()
		entry.ID = "job-" + strconv.Itoa(len(r.entries)+1)
		r.entries = append(r.entries, entry)
	})
	return nil
}

// Entries returns everything that was enqueued, in order, with its options.
func (r *Recorder) Entries() []jobs.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.entries)
}

// Enqueued returns the enqueued payloads of one job, in order.
func Enqueued[T any](r *Recorder, job jobs.Job[T]) []T {
	var enqueued []T
	for _, entry := range r.Entries() {
		if entry.Job != job.Name() {
			continue
		}
		var payload T
		if err := json.Unmarshal(entry.Payload, &payload); err != nil {
			panic(fmt.Sprintf("jobstest: an enqueued %s cannot be decoded: %v", job.Name(), err))
		}
		enqueued = append(enqueued, payload)
	}
	return enqueued
}
