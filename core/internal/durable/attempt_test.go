package durable

import (
	"testing"
	"time"
)

func TestBackoff_doublesFromASecondToAnHour(t *testing.T) {
	t.Parallel()
	for attempt := 1; attempt <= 40; attempt++ {
		want := time.Hour
		if attempt <= 12 {
			want = time.Second << (attempt - 1)
		}
		for range 100 {
			if got := Backoff(attempt); got < want*8/10 || got > want*12/10 {
				t.Fatalf("the pause after attempt %d is %s, want %s plus or minus a fifth", attempt, got, want)
			}
		}
	}
}
