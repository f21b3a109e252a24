package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/jobs"
	"example.com/pergola/migrations"
)

// wallClock is a clock that tests set.
type wallClock struct{ at atomic.Int64 }

func clockAt(at time.Time) *wallClock {
	c := new(wallClock)
	c.set(at)
	return c
}

func (c *wallClock) set(at time.Time) { c.at.Store(at.UnixNano()) }
func (c *wallClock) now() time.Time   { return time.Unix(0, c.at.Load()) }

// lines records a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

// scheduled is a worker with one schedule whose jobs are counted.
type scheduled struct {
	db    *database.DB
	clock *wallClock
	log   *lines
	done  atomic.Int32
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func startSchedule(t *testing.T, db *database.DB, recurrence jobs.Recurrence) *scheduled {
	t.Helper()
	s := &scheduled{db: db, clock: clockAt(noon.Add(time.Second)), log: new(lines)}
	options := jobs.WorkerOptions{Now: s.clock.now, Logger: slog.New(slog.NewTextHandler(s.log, nil))}
	started(t, db, options, func(context.Context, water) error {
		s.done.Add(1)
		return nil
	}, jobs.Schedules{jobs.Schedule(waterJob, recurrence, water{"fern"})})
	s.awaitLastTick(t, noon.Add(time.Second))
	return s
}

func (s *scheduled) awaitLastTick(t *testing.T, want time.Time) {
	t.Helper()
	await(t, fmt.Sprintf("the last tick to be at %v", want), func() bool {
		var last time.Time
		return s.db.QueryRow(t.Context(), `select last_tick from jobs_schedules`).Scan(&last) == nil && last.Equal(want)
	})
}

func (s *scheduled) awaitDone(t *testing.T, want int32) {
	t.Helper()
	await(t, fmt.Sprintf("%d jobs", want), func() bool { return s.done.Load() == want })
}

func TestSchedule_makesUpForMissedTicksOnce(t *testing.T) {
	t.Parallel()
	s := startSchedule(t, databasetest.New(t, migrations.FS), jobs.Every(15*time.Minute))

	s.clock.set(noon.Add(3*time.Hour + 5*time.Minute)) // the machine slept
	s.awaitLastTick(t, noon.Add(3*time.Hour))
	s.awaitDone(t, 1)
	s.clock.set(noon.Add(3*time.Hour + 15*time.Minute))
	s.awaitDone(t, 2)

	if !s.log.has("missed=12") {
		t.Errorf("the log doesn't mention 12 missed ticks: %s", s.log.text.String())
	}
}

func TestSchedule_skipsMissedTicksIfAsked(t *testing.T) {
	t.Parallel()
	s := startSchedule(t, databasetest.New(t, migrations.FS), jobs.Every(15*time.Minute).SkipMissed())

	s.clock.set(noon.Add(3*time.Hour + 5*time.Minute))
	s.awaitLastTick(t, noon.Add(3*time.Hour))
	s.clock.set(noon.Add(3*time.Hour + 15*time.Minute + 30*time.Second))
	s.awaitDone(t, 1)

	if n := count(t, s.db, `select count(*) from river_job`); n != 1 || !s.log.has("skipped") {
		t.Errorf("%d jobs were enqueued, want one, and the log to mention the skipped ticks: %s", n, s.log.text.String())
	}
}

func TestSchedule_continuesAfterAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	s := startSchedule(t, databasetest.New(t, migrations.FS), jobs.Every(15*time.Minute))
	s.clock.set(noon.AddDate(3, 0, 0))
	s.awaitDone(t, 1)

	s.clock.set(noon.Add(5 * time.Minute))
	s.awaitLastTick(t, noon.Add(5*time.Minute))
	s.clock.set(noon.Add(15 * time.Minute))
	s.awaitDone(t, 2)

	if !s.log.has("a clock was wrong") {
		t.Errorf("the log doesn't mention the clock: %s", s.log.text.String())
	}
}

func TestSchedule_doesNotRepeatATickWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	s := startSchedule(t, databasetest.New(t, migrations.FS), jobs.Every(15*time.Minute))
	s.clock.set(noon.Add(15 * time.Minute))
	s.awaitDone(t, 1)

	s.clock.set(noon.Add(15*time.Minute - 30*time.Second))
	s.clock.set(noon.Add(30 * time.Minute))
	s.awaitDone(t, 2)

	if n := count(t, s.db, `select count(*) from river_job`); n != 2 {
		t.Errorf("%d jobs were enqueued at two ticks", n)
	}
}

func TestSchedule_outlivesAnOutageOfTheDatabase(t *testing.T) {
	t.Parallel()
	server := databasetest.NewServer(t, migrations.FS)
	db, err := database.Open(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s := startSchedule(t, db, jobs.Every(15*time.Minute))

	server.Stop()
	s.clock.set(noon.Add(15*time.Minute + 2*time.Second))
	await(t, "the outage to be logged", func() bool { return s.log.has("maintenance failed") })
	s.clock.set(noon.Add(18 * time.Minute))
	server.Start()

	s.awaitLastTick(t, noon.Add(15*time.Minute))
	s.awaitDone(t, 1)
}
