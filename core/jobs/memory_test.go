package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
)

func TestMemory_keepsTheContract(t *testing.T) {
	t.Parallel()
	jobstest.TestWorker(t, func(_ *testing.T, settings jobstest.Settings) jobstest.Subject {
		return jobstest.Subject{
			Worker: jobs.NewMemory(jobs.MemoryOptions{
				Backoff: settings.Backoff, Reporter: settings.Reporter, Queues: settings.Queues,
			}),
			Tx: database.NewMemory(),
		}
	})
}

type water struct {
	Plant string `json:"plant" validate:"required"`
}

var waterJob = jobs.Define[water]("garden.water")

// garden is a manifest that waters by do.
func garden(do func(context.Context, water) error, schedules ...jobs.Plan) []feature.Manifest {
	return []feature.Manifest{{Name: "garden", Parts: []feature.Part{
		jobs.Jobs{waterJob}, jobs.Handlers{jobs.Handle(waterJob, do)}, jobs.Schedules(schedules),
	}}}
}

// started is a memory that is stopped after the test.
func started(t *testing.T, options jobs.MemoryOptions, do func(context.Context, water) error, schedules ...jobs.Plan) *jobs.Memory {
	t.Helper()
	memory := jobs.NewMemory(options)
	if err := memory.Seal(garden(do, schedules...)); err != nil {
		t.Fatal(err)
	}
	if err := memory.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := memory.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return memory
}

func enqueue(t *testing.T, queue jobs.Queue, plant string, options ...jobs.Option) {
	t.Helper()
	if err := waterJob.Enqueue(t.Context(), queue, water{plant}, options...); err != nil {
		t.Fatal(err)
	}
}

func drain(t *testing.T, memory *jobs.Memory) {
	t.Helper()
	if err := memory.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// pass lets virtual time go by until all is quiet in it.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestMemory_pausesLongerAfterEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		memory := started(t, jobs.MemoryOptions{}, func(context.Context, water) error {
			at = append(at, time.Now())
			return errors.New("no water")
		})

		enqueue(t, memory, "fern", jobs.MaxAttempts(16))
		drain(t, memory)

		if len(at) != 16 {
			t.Fatalf("got %d attempts, want 16", len(at))
		}
		for n := range len(at) - 1 {
			pause, want := at[n+1].Sub(at[n]), min(time.Hour, time.Second<<n)
			if pause < want*8/10 || pause > want*12/10 {
				t.Errorf("the pause after attempt %d is %s, want %s give or take a fifth", n+1, pause, want)
			}
		}
	})
}

func TestMemory_doesAJobExactlyAtItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at time.Time
		memory := started(t, jobs.MemoryOptions{}, func(context.Context, water) error {
			at = time.Now()
			return nil
		})
		want := time.Now().Add(36 * time.Hour)

		enqueue(t, memory, "fern", jobs.At(want))
		pass(48 * time.Hour)

		if !at.Equal(want) {
			t.Errorf("done at %s, want %s", at, want)
		}
	})
}

func TestSchedule_ticksOnTheClocksOfItsZone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // begins on 1 January 2000
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		var at []time.Time
		started(t, jobs.MemoryOptions{}, func(context.Context, water) error {
			at = append(at, time.Now().In(berlin))
			return nil
		}, jobs.Schedule(waterJob, jobs.Cron("0 7 * * *", "Europe/Berlin"), water{"fern"}))

		pass(180 * 24 * time.Hour)

		if len(at) != 180 {
			t.Errorf("ticked %d times in 180 days", len(at))
		}
		for _, tick := range at {
			if tick.Hour() != 7 || tick.Minute() != 0 || tick.Second() != 0 {
				t.Fatalf("ticked at %s, want 7:00", tick)
			}
		}
	})
}

func TestSchedule_ticksOnceWhereTheClocksShowATimeTwice(t *testing.T) {
	t.Parallel()
	tests := map[string]int{ // ticks on 29 October 2000, when summer ended in Berlin
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
				berlin, err := time.LoadLocation("Europe/Berlin")
				if err != nil {
					t.Fatal(err)
				}
				pass(time.Until(time.Date(2000, 10, 28, 23, 59, 59, 0, berlin)))
				var ticks int
				started(t, jobs.MemoryOptions{}, func(context.Context, water) error {
					ticks++
					return nil
				}, jobs.Schedule(waterJob, jobs.Cron(expression, "Europe/Berlin"), water{"fern"}))

				pass(time.Until(time.Date(2000, 10, 29, 23, 59, 59, 0, berlin)))

				if ticks != want {
					t.Errorf("ticked %d times, want %d", ticks, want)
				}
			})
		})
	}
}

func TestSchedule_ticksOnRoundTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pass(7 * time.Minute)
		var at []string
		started(t, jobs.MemoryOptions{}, func(context.Context, water) error {
			at = append(at, time.Now().UTC().Format("15:04:05"))
			return nil
		}, jobs.Schedule(waterJob, jobs.Every(15*time.Minute), water{"fern"}))

		pass(time.Hour)

		if want := []string{"00:15:00", "00:30:00", "00:45:00", "01:00:00"}; !slices.Equal(at, want) {
			t.Errorf("ticked at %q, want %q", at, want)
		}
	})
}

func TestSchedule_ticksOnlyWhileStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ticks int
		memory := started(t, jobs.MemoryOptions{}, func(context.Context, water) error {
			ticks++
			return nil
		}, jobs.Schedule(waterJob, jobs.Every(time.Minute), water{"fern"}))

		pass(90 * time.Second)
		if err := memory.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		pass(time.Hour)
		stopped := ticks
		if err := memory.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		pass(90 * time.Second)

		if stopped != 1 || ticks != 2 && ticks != 3 {
			t.Errorf("ticked %d times, then %d in all; want one, then one or two more", stopped, ticks)
		}
	})
}

func TestSchedule_leavesOutATickWhileTheLastIsUnfinished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var done int
		started(t, jobs.MemoryOptions{}, func(context.Context, water) error {
			time.Sleep(150 * time.Second) // virtual
			done++
			return nil
		}, jobs.Schedule(waterJob, jobs.Every(time.Minute), water{"fern"}, jobs.UniqueBy("schedule"), jobs.Timeout(time.Hour)))

		pass(9*time.Minute + 45*time.Second)

		if done != 3 { // begun at 1, 4 and 7 minutes, not at each
			t.Errorf("done %d times, want 3", done)
		}
	})
}

func TestMemory_saysWhatIsLeftAndWhatFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		options := jobs.MemoryOptions{Logger: slog.New(slog.NewTextHandler(&log, nil)), Queues: map[string]int{jobs.DefaultQueue: 1}}
		memory := started(t, options, func(ctx context.Context, w water) error {
			if w.Plant == "cactus" {
				return jobs.GiveUp(errors.New("it is dry on purpose"))
			}
			<-ctx.Done()
			return ctx.Err()
		})
		for _, plant := range []string{"cactus", "fern", "moss"} {
			enqueue(t, memory, plant)
		}
		enqueue(t, memory, "rose", jobs.At(time.Now().Add(time.Hour)))
		synctest.Wait()

		now, cancel := context.WithCancel(t.Context())
		cancel()
		if err := memory.Stop(now); err != nil {
			t.Fatal(err)
		}

		for _, want := range []string{"listed as failed", "job=garden.water", "dry on purpose", "jobs=3"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log does not say %q:\n%s", want, log.String())
			}
		}
		if added, busy := memory.Activity(); added != 4 || busy != 2 {
			t.Errorf("got %d added and %d busy, want 4 and 2", added, busy)
		}
	})
}

func TestEnqueue_ofTheZeroJobFails(t *testing.T) {
	t.Parallel()
	var nothing jobs.Job[water]

	err := nothing.Enqueue(t.Context(), jobstest.NewRecorder(), water{"fern"})

	if err == nil || nothing.Name() != "" {
		t.Errorf("got error %v and name %q, want an error and no name", err, nothing.Name())
	}
}
