package observe_test

import (
	"testing"
	"time"

	"example.com/pergola/core/observe"
)

func TestDurations_countUpToEachBound(t *testing.T) {
	t.Parallel()
	var d observe.Durations
	for _, took := range []time.Duration{0, 50 * time.Microsecond, 51 * time.Microsecond, time.Second, time.Hour} {
		d.Add(took)
	}

	counted := d.Snapshot()

	if counted.Count != 5 || counted.Sum != time.Hour+time.Second+101*time.Microsecond {
		t.Errorf("%d in %v", counted.Count, counted.Sum)
	}
	for bound, want := range map[time.Duration]uint64{50 * time.Microsecond: 2, 100 * time.Microsecond: 3, time.Second: 4, 10 * time.Second: 4} {
		if got := counted.UpTo[bound]; got != want {
			t.Errorf("%d up to %v, want %d", got, bound, want)
		}
	}
}
