package jobs_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"example.com/pergola/core/jobs"
)

func TestWorker_rejectsInvalidPayloadsAndOptions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.run(done.record)
	tests := map[string]struct {
		chore  chore
		option jobs.Option
		want   string
	}{
		"a missing field":            {chore{}, jobs.Priority(1), `"id"`},
		"not encodable as JSON":      {chore{ID: "a", Score: math.Inf(1)}, jobs.Priority(1), "JSON"},
		"more than a mebibyte":       {chore{ID: "a", Text: strings.Repeat("x", 1<<20)}, jobs.Priority(1), "1048576"},
		"not storable in PostgreSQL": {chore{ID: "a", Text: "\x00"}, jobs.Priority(1), "NUL"},
		"a priority of 5":            {chore{ID: "a"}, jobs.Priority(5), "Priority(5)"},
		"no attempts":                {chore{ID: "a"}, jobs.MaxAttempts(0), "MaxAttempts(0)"},
		"no time":                    {chore{ID: "a"}, jobs.Timeout(0), "Timeout(0s)"},
		"an empty key":               {chore{ID: "a"}, jobs.UniqueBy(""), "UniqueBy"},
		"a queue in capitals":        {chore{ID: "a"}, jobs.OnQueue("Kitchen"), `"Kitchen"`},
	}

	for name, test := range tests {
		err := washJob.Enqueue(t.Context(), f.worker, test.chore, test.option)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), washJob.Name()) {
			t.Errorf("%s: got %v, want an error about %s", name, err, test.want)
		}
	}
	f.drain()

	f.want("the handler", &done)
}

func TestWorker_readsPayloadsOfOlderAndNewerPrograms(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.run(done.record)

	f.insert(`{"id":"old"}`)
	f.insert(`{"id":"new","text":"x","colour":"green"}`)
	f.drain()

	if !done.has("old") || !done.has("new") || len(f.failures()) != 0 {
		t.Errorf("got %q and failures %+v, want old and new", done.all(), f.failures())
	}
}

func TestWorker_keepsUnreadablePayloadsAsFailed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(func(context.Context, chore) error { return nil })

	f.insert(`{"id":7}`)
	f.insert(`{"text":"no id"}`)
	f.drain()

	failures := f.failures()
	if len(failures) != 2 {
		t.Fatalf("got %d failures, want 2: %+v", len(failures), failures)
	}
	for _, failure := range failures {
		if failure.Attempts != 1 || len(failure.Payload) == 0 || !strings.Contains(failure.Error, "id") {
			t.Errorf("got the failure %+v, want one attempt, the payload and what is wrong with id", failure)
		}
	}
}
