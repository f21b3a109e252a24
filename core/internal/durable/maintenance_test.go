package durable

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// The table shows a task as running for a moment longer, because River stores
// ends in batches.
func TestRunning_remembersLongTasksThatJustEnded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		took, since time.Duration
		want        bool
	}{
		"short":              {took: time.Second, want: false},
		"long":               {took: lostAfter + time.Second, want: true},
		"long, ended before": {took: lostAfter + time.Second, since: lostAfter + time.Second, want: false},
	} {
		synctest.Test(t, func(t *testing.T) {
			var r running
			end := r.begin(7)
			time.Sleep(test.took)
			if !slices.Contains(r.ids(), 7) {
				t.Errorf("%s: not listed while it is running", name)
			}

			end()
			time.Sleep(test.since)

			if got := slices.Contains(r.ids(), 7); got != test.want {
				t.Errorf("%s: listed %t, want %t", name, got, test.want)
			}
		})
	}
}

// A nil slice would be NULL in SQL, and nothing would be rescued.
func TestRunning_isNeverNil(t *testing.T) {
	t.Parallel()
	var r running
	if r.ids() == nil {
		t.Error("got nil, want an empty slice")
	}
}
