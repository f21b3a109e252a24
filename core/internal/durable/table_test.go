package durable

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// The table says for a moment longer that a piece is being done: River stores
// the end of it in batches.
func TestAtWork_remembersWhatEndedAMomentAgo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		took, since time.Duration
		want        bool
	}{
		"a short one, whose beginning in the table is enough": {took: time.Second, want: false},
		"a long one":                   {took: unanswered + time.Second, want: true},
		"a long one, stored meanwhile": {took: unanswered + time.Second, since: unanswered + time.Second, want: false},
	} {
		synctest.Test(t, func(t *testing.T) {
			var a atWork
			end := a.begin(7)
			time.Sleep(test.took)
			if !slices.Contains(a.all(), 7) {
				t.Errorf("%s: not at work while it goes on", name)
			}

			end()
			time.Sleep(test.since)

			if got := slices.Contains(a.all(), 7); got != test.want {
				t.Errorf("%s: remembered %t, want %t", name, got, test.want)
			}
		})
	}
}

// A list that is nil would be no list to Postgres, and nothing handed back.
func TestAtWork_isAListEvenIfEmpty(t *testing.T) {
	t.Parallel()
	var a atWork
	if a.all() == nil {
		t.Error("nil")
	}
}
