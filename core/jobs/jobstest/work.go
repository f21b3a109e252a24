package jobstest

import (
	"encoding/json"
	"errors"
	"testing"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
)

// Work calls the handler that the manifest lists for the job, once, like a
// Worker: the payload is encoded, decoded and validated, the handler runs in a
// span, and panics become errors. It returns the handler's error. The test fails
// if the manifest lists no handler for the job.
func Work[T any](t testing.TB, manifest feature.Manifest, job jobs.Job[T], payload T) error {
	t.Helper()
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatalf("the payload of %s cannot be encoded as JSON: %v", job.Name(), err)
	}
	return work(t, manifest, jobs.Entry{ID: "job-1", Job: job.Name(), Payload: raw})
}

// WorkAll runs every recorded job that it has not run before, including those
// that handlers enqueue in the meantime and those that are due later, with the
// handlers that the manifest lists. It returns their errors joined. The test
// fails if the manifest lists no handler for a job.
func (r *Recorder) WorkAll(t testing.TB, manifest feature.Manifest) error {
	t.Helper()
	var errs []error
	for entry, ok := r.next(); ok; entry, ok = r.next() {
		errs = append(errs, work(t, manifest, entry))
	}
	return errors.Join(errs...)
}

func (r *Recorder) next() (entry jobs.Entry, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.worked == len(r.entries) {
		return jobs.Entry{}, false
	}
	r.worked++
	return r.entries[r.worked-1], true
}

func work(t testing.TB, manifest feature.Manifest, entry jobs.Entry) error {
	t.Helper()
	for _, part := range feature.PartsOf[jobs.Handlers]([]feature.Manifest{manifest}) {
		for _, handler := range part.Part {
			if handler.Job() == entry.Job {
				return handler.Work(t.Context(), entry, 1)
			}
		}
	}
	t.Fatalf("the feature %q lists no handler for %s in its manifest", manifest.Name, entry.Job)
	return nil
}
