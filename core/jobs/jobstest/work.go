package jobstest

import (
	"encoding/json"
	"testing"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
)

// Work has the job done by the handler that the manifest lists, one attempt, as
// a worker would: through JSON and validation, in a span, panics caught. It
// returns the handler's error. The test fails if the manifest lists no handler
// of the job.
func Work[T any](t testing.TB, manifest feature.Manifest, job jobs.Job[T], payload T) error {
	t.Helper()
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatalf("the payload of %s cannot be written as JSON: %v", job.Name(), err)
	}
	for _, part := range feature.PartsOf[jobs.Handlers]([]feature.Manifest{manifest}) {
		for _, handler := range part.Part {
			if handler.Job() == job.Name() {
				return handler.Work(t.Context(), jobs.Entry{ID: "job-1", Job: job.Name(), Payload: raw}, 1)
			}
		}
	}
	t.Fatalf("the feature %q lists no handler of %s in its manifest", manifest.Name, job.Name())
	return nil
}
