package jobstest

import (
	"context"
	"math"
	"strings"

	"example.com/pergola/core/jobs"
)

var payloadTests = map[string]func(*trial){
	"refuses payloads and options that break the rules": func(r *trial) {
		var done journal
		r.run(done.into)
		tests := map[string]struct {
			chore  chore
			option jobs.Option
			says   string
		}{
			"a missing field":             {chore{}, jobs.Priority(1), `"id"`},
			"what JSON cannot write":      {chore{ID: "a", Score: math.Inf(1)}, jobs.Priority(1), "JSON"},
			"more than a mebibyte":        {chore{ID: "a", Text: strings.Repeat("x", 1<<20)}, jobs.Priority(1), "1048576"},
			"what PostgreSQL cannot keep": {chore{ID: "a", Text: "\x00"}, jobs.Priority(1), "NUL"},
			"a priority of 5":             {chore{ID: "a"}, jobs.Priority(5), "Priority(5)"},
			"no attempts":                 {chore{ID: "a"}, jobs.MaxAttempts(0), "MaxAttempts(0)"},
			"no time":                     {chore{ID: "a"}, jobs.Timeout(0), "Timeout(0s)"},
			"an empty key":                {chore{ID: "a"}, jobs.UniqueBy(""), "UniqueBy"},
			"a queue in capitals":         {chore{ID: "a"}, jobs.OnQueue("Kitchen"), `"Kitchen"`},
		}

		for name, test := range tests {
			err := washJob.Enqueue(r.t.Context(), r.Worker, test.chore, test.option)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), washJob.Name()) {
				r.t.Errorf("%s: got %v, want an error about %s", name, err, test.says)
			}
		}
		r.drain()

		r.expect("the handler", &done)
	},

	"reads payloads of older and newer programs": func(r *trial) {
		var done journal
		r.run(done.into)

		r.insert(`{"id":"old"}`)
		r.insert(`{"id":"new","text":"x","colour":"green"}`)
		r.drain()

		if !done.has("old") || !done.has("new") || len(r.failures()) != 0 {
			r.t.Errorf("got %q and failures %+v, want old and new", done.all(), r.failures())
		}
	},

	"keeps what cannot be read any more": func(r *trial) {
		r.run(func(context.Context, chore) error { return nil })

		r.insert(`{"id":7}`)
		r.insert(`{"text":"no id"}`)
		r.drain()

		failures := r.failures()
		if len(failures) != 2 {
			r.t.Fatalf("got %d failures, want 2: %+v", len(failures), failures)
		}
		for _, failure := range failures {
			if failure.Attempts != 1 || len(failure.Payload) == 0 || !strings.Contains(failure.Error, "id") {
				r.t.Errorf("got the failure %+v, want one attempt, the payload and what is wrong with id", failure)
			}
		}
	},
}
