package jobs

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// ticksOf starts a scheduler with one schedule, in the virtual time of synctest,
// and records its ticks.
func ticksOf(t *testing.T, recurrence Recurrence) (*scheduler, *[]time.Time) {
	t.Helper()
	schedule, err := recurrence.parse()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // orders ticks for the race detector, not only in time
	var ticks []time.Time
	s := newScheduler([]tick{{schedule: schedule}}, time.Now, func(_ context.Context, _ tick, at time.Time) {
		if !at.Equal(time.Now()) {
			t.Errorf("the tick at %s came at %s", at, time.Now())
		}
		mu.Lock()
		defer mu.Unlock()
		ticks = append(ticks, at)
	})
	s.start(t.Context())
	t.Cleanup(s.stop)
	return s, &ticks
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	location, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return location
}

// pass advances virtual time.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestCron_ticksAtTheLocalTimeOfItsZone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // begins on 1 January 2000
		zone := berlin(t)
		s, ticks := ticksOf(t, Cron("0 7 * * *", "Europe/Berlin"))

		pass(180 * 24 * time.Hour)
		s.stop()

		if len(*ticks) != 180 {
			t.Errorf("ticked %d times in 180 days", len(*ticks))
		}
		for _, tick := range *ticks {
			if tick = tick.In(zone); tick.Hour() != 7 || tick.Minute() != 0 || tick.Second() != 0 {
				t.Fatalf("ticked at %s, want 7:00", tick)
			}
		}
	})
}

func TestCron_ticksOnceAtRepeatedLocalTimes(t *testing.T) {
	t.Parallel()
	tests := map[string]int{ // ticks on 29 October 2000, when daylight saving time ended in Berlin
		"30 2 * * *":    1,
		"30 2,3 * * *":  2,
		"30 * * * *":    25,
		"@hourly":       25,
		"@daily":        1,
		"*/30 2 * * *":  2,
		"0 */12 * * *":  2,
		"30 2 29 10 *":  1,
		"30 2 * * SUN":  1,
		"15,45 1 * * *": 2,
	}
	for expression, want := range tests {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // begins on 1 January 2000
				zone := berlin(t)
				pass(time.Until(time.Date(2000, 10, 28, 23, 59, 59, 0, zone)))
				s, ticks := ticksOf(t, Cron(expression, "Europe/Berlin"))

				pass(time.Until(time.Date(2000, 10, 29, 23, 59, 59, 0, zone)))
				s.stop()

				if len(*ticks) != want {
					t.Errorf("ticked %d times, want %d", len(*ticks), want)
				}
			})
		})
	}
}

func TestEvery_ticksAtMultiples(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pass(7 * time.Minute)
		s, ticks := ticksOf(t, Every(15*time.Minute))

		pass(time.Hour)
		s.stop()

		var got []string
		for _, tick := range *ticks {
			got = append(got, tick.UTC().Format("15:04:05"))
		}
		if want := []string{"00:15:00", "00:30:00", "00:45:00", "01:00:00"}; !slices.Equal(got, want) {
			t.Errorf("ticked at %q, want %q", got, want)
		}
	})
}

func TestScheduler_ticksOnlyWhileStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, ticks := ticksOf(t, Every(time.Minute))

		pass(90 * time.Second)
		s.stop()
		pass(time.Hour)
		stopped := len(*ticks)
		s.start(t.Context())
		pass(90 * time.Second)
		s.stop()

		if all := len(*ticks); stopped != 1 || all != 2 && all != 3 {
			t.Errorf("ticked %d times, then %d in all; want one, then one or two more", stopped, all)
		}
	})
}
