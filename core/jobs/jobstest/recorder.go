// Package jobstest helps to test those who enqueue jobs and those who do them.
//
// A use case that enqueues is given a Recorder, and the test asks what was
// enqueued, typed:
//
//	queue := jobstest.NewRecorder()
//	…
//	got := jobstest.Enqueued(queue, notifications.SendDigestJob) // []notifications.SendDigest
//
// A handler is private to its feature. Work reaches it as the application does,
// through the manifest:
//
//	err := jobstest.Work(t, feature.Manifest(), notifications.SendDigestJob, notifications.SendDigest{…})
//
// TestWorker is the contract that every jobs.Worker keeps.
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

// Recorder is a jobs.Queue that nobody works on. It remembers what was
// enqueued: with the commit if there is a transaction, and nothing of what was
// rolled back. It keeps what UniqueBy would leave out; Entries tells the keys.
type Recorder struct {
	mu      sync.Mutex
	entries []jobs.Entry
}

var _ jobs.Queue = (*Recorder)(nil)

// NewRecorder makes a Recorder that has recorded nothing.
func NewRecorder() *Recorder { return &Recorder{} }

// Insert records an entry when the transaction of the context is committed, or
// at once if there is none.
func (r *Recorder) Insert(ctx context.Context, entry jobs.Entry) error {
	database.AfterCommit(ctx, func(context.Context) {
		r.mu.Lock()
		defer r.mu.Unlock()
		entry.ID = "job-" + strconv.Itoa(len(r.entries)+1)
		r.entries = append(r.entries, entry)
	})
	return nil
}

// Entries is everything that was enqueued, in order, with its options.
func (r *Recorder) Entries() []jobs.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.entries)
}

// Enqueued is what was enqueued of one job, in order.
func Enqueued[T any](r *Recorder, job jobs.Job[T]) []T {
	var enqueued []T
	for _, entry := range r.Entries() {
		if entry.Job != job.Name() {
			continue
		}
		var payload T
		if err := json.Unmarshal(entry.Payload, &payload); err != nil {
			panic(fmt.Sprintf("jobstest: an enqueued %s does not decode: %v", job.Name(), err))
		}
		enqueued = append(enqueued, payload)
	}
	return enqueued
}
