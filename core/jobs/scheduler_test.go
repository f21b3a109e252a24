package jobs

import (
	"slices"
	"testing"
	"time"
)

// ticksBetween returns the ticks after from and not after to.
func ticksBetween(t *testing.T, recurrence Recurrence, from, to time.Time) (ticks []time.Time) {
	t.Helper()
	schedule, err := recurrence.parse()
	if err != nil {
		t.Fatal(err)
	}
	for at := schedule.Next(from); !at.After(to); at = schedule.Next(at) {
		ticks = append(ticks, at)
	}
	return ticks
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	location, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func TestCron_ticksAtTheLocalTimeOfItsZone(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	from := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

	ticks := ticksBetween(t, Cron("0 7 * * *", "Europe/Berlin"), from, from.Add(180*24*time.Hour))

	if len(ticks) != 180 {
		t.Errorf("ticked %d times in 180 days", len(ticks))
	}
	for _, tick := range ticks {
		if tick = tick.In(zone); tick.Hour() != 7 || tick.Minute() != 0 || tick.Second() != 0 {
			t.Fatalf("ticked at %s, want 7:00", tick)
		}
	}
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
			zone := berlin(t)

			ticks := ticksBetween(t, Cron(expression, "Europe/Berlin"), time.Date(2000, 10, 28, 23, 59, 59, 0, zone), time.Date(2000, 10, 29, 23, 59, 59, 0, zone))

			if len(ticks) != want {
				t.Errorf("ticked %d times, want %d", len(ticks), want)
			}
		})
	}
}

func TestEvery_ticksAtMultiples(t *testing.T) {
	t.Parallel()
	from := time.Date(2000, 1, 1, 0, 7, 0, 0, time.UTC)

	var got []string
	for _, tick := range ticksBetween(t, Every(15*time.Minute), from, from.Add(time.Hour)) {
		got = append(got, tick.UTC().Format("15:04:05"))
	}

	if want := []string{"00:15:00", "00:30:00", "00:45:00", "01:00:00"}; !slices.Equal(got, want) {
		t.Errorf("ticked at %q, want %q", got, want)
	}
}
