package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/migrations"
)

type water struct {
	Plant string `json:"plant" validate:"required"`
}

var waterJob = jobs.Define[water]("garden.water")

// garden is a manifest whose job is handled with do.
func garden(do func(context.Context, water) error, parts ...feature.Part) feature.Manifest {
	return feature.Manifest{Name: "garden", Parts: append(parts, jobs.Jobs{waterJob}, jobs.Handlers{jobs.Handle(waterJob, do)})}
}

func enqueue(t *testing.T, queue jobs.Queue, plant string, options ...jobs.Option) {
	t.Helper()
	if err := waterJob.Enqueue(t.Context(), queue, water{plant}, options...); err != nil {
		t.Fatal(err)
	}
}

// started creates a worker on the database whose job is handled with do, and
// starts it.
func started(t *testing.T, db *database.DB, options jobs.WorkerOptions, do func(context.Context, water) error, parts ...feature.Part) *jobs.Worker {
	t.Helper()
	worker := registered(t, db, options, do, parts...)
	jobstest.Start(t, worker)
	return worker
}

func registered(t *testing.T, db *database.DB, options jobs.WorkerOptions, do func(context.Context, water) error, parts ...feature.Part) *jobs.Worker {
	t.Helper()
	options.PollInterval = 20 * time.Millisecond
	worker, err := jobs.NewWorker(db, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Register([]feature.Manifest{garden(do, parts...)}); err != nil {
		t.Fatal(err)
	}
	return worker
}

func TestWorker_enqueuesEachTickOnceInSeveralProcesses(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var done atomic.Int32
	do := func(context.Context, water) error {
		done.Add(1)
		return nil
	}
	plan := jobs.Schedule(waterJob, jobs.Every(time.Second), water{"fern"})

	began := time.Now().Truncate(time.Second)
	for range 2 {
		started(t, db, jobs.WorkerOptions{}, do, jobs.Schedules{plan})
	}
	await(t, "three ticks", func() bool { return done.Load() >= 3 })
	var last time.Time
	var enqueued int
	err := db.QueryRow(t.Context(), `select last_tick, (select count(*) from river_job) from jobs_schedules`).Scan(&last, &enqueued)

	if most := int(last.Sub(began) / time.Second); err != nil || enqueued > most {
		t.Errorf("%d jobs were enqueued in %d ticks, error %v", enqueued, most, err)
	}
}

func TestWorker_takesOverJobsOfADeadProcess(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var begun, attempt atomic.Int32
	worker := registered(t, db, jobs.WorkerOptions{}, func(ctx context.Context, _ water) error {
		begun.Add(1)
		attempt.Store(int32(jobs.Attempt(ctx)))
		return nil
	})
	enqueue(t, worker, "fern")
	enqueue(t, worker, "cactus", jobs.MaxAttempts(1))
	execute(t, db, `update river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{another}'`)

	jobstest.Start(t, worker)
	jobstest.Drain(t, worker)

	failures, err := worker.List(t.Context(), jobs.Query{State: jobs.Failed})
	if begun.Load() != 1 || attempt.Load() != 2 {
		t.Errorf("started %d times, the last as attempt %d; want once, as the second attempt", begun.Load(), attempt.Load())
	}
	if err != nil || len(failures) != 1 || !strings.Contains(string(failures[0].Payload), "cactus") ||
		!strings.Contains(failures[0].Error, "process ended") {
		t.Errorf("got %+v and error %v, want the job whose only attempt was interrupted", failures, err)
	}
}

func TestWorker_rerunsAJobWhoseCompletionWasNotStored(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var done atomic.Int32
	worker := started(t, db, jobs.WorkerOptions{}, func(context.Context, water) error {
		done.Add(1)
		return nil
	})
	enqueue(t, worker, "fern")
	jobstest.Drain(t, worker)

	execute(t, db, `update river_job set state = 'running', finalized_at = null, attempted_at = now() - interval '2 minutes'`)
	await(t, "another attempt", func() bool { return done.Load() == 2 })
	jobstest.Drain(t, worker)
}

func TestWorker_leavesJobsOfLiveProcessesAlone(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	release := make(chan struct{})
	var begun atomic.Int32
	do := func(context.Context, water) error {
		begun.Add(1)
		<-release
		return nil
	}
	first := started(t, db, jobs.WorkerOptions{}, do)
	started(t, db, jobs.WorkerOptions{}, do)

	enqueue(t, first, "fern")
	// Longer than it takes for a process to count as dead.
	began := time.Now()
	await(t, "six seconds", func() bool { return time.Since(began) > 6*time.Second })
	close(release)
	jobstest.Drain(t, first)

	if n := begun.Load(); n != 1 {
		t.Errorf("a long-running job was started %d times", n)
	}
}

func TestWorker_failsJobsThatNoProgramKnows(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var done atomic.Int32
	worker := started(t, db, jobs.WorkerOptions{OrphanTimeout: time.Millisecond}, func(context.Context, water) error {
		done.Add(1)
		return nil
	})
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		if err := waterJob.Enqueue(ctx, worker, water{"fern"}); err != nil {
			return err
		}
		_, err := db.Exec(ctx, `update river_job set kind = 'garden.mow'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	var failures []jobs.Record
	await(t, "the failure", func() bool {
		failures, _ = worker.List(t.Context(), jobs.Query{State: jobs.Failed})
		return len(failures) == 1
	})
	if failures[0].Job != "garden.mow" || !strings.Contains(failures[0].Error, "garden.mow") {
		t.Errorf("got %+v, want its name in the error", failures[0])
	}

	execute(t, db, `update river_job set kind = 'garden.water'`) // as if a program had it again
	if err := worker.Replay(t.Context(), failures[0].ID); err != nil {
		t.Fatal(err)
	}
	jobstest.Drain(t, worker)
	if done.Load() != 1 {
		t.Errorf("ran %d times, want once", done.Load())
	}
}

func TestOnce_commitsEffectAndCompletionTogether(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	execute(t, db, `create table watered (plant text)`)
	var lost atomic.Bool
	worker := started(t, db, jobs.WorkerOptions{Backoff: func(int) time.Duration { return 0 }},
		jobs.Once(db, func(ctx context.Context, w water) error {
			if _, err := db.Exec(ctx, `insert into watered values ($1)`, w.Plant); err != nil {
				return err
			}
			if w.Plant == "moss" && lost.CompareAndSwap(false, true) {
				// Another process takes the job over, as if this one were dead.
				_, err := db.Pool().Exec(ctx, `update river_job set attempted_by = '{another}' where state = 'running' and args -> 'payload' ->> 'plant' = 'moss'`)
				return err
			}
			return nil
		}))

	enqueue(t, worker, "fern")
	enqueue(t, worker, "moss")
	jobstest.Drain(t, worker)

	if n := count(t, db, `select count(*) from watered`); n != 2 || !lost.Load() {
		t.Errorf("got %d rows, want one for each job", n)
	}
}

func TestWorker_waitsForTheFetchInterval(t *testing.T) {
	t.Parallel()
	const interval = 250 * time.Millisecond
	var mu sync.Mutex
	var began []time.Time
	worker := started(t, databasetest.New(t, migrations.FS), jobs.WorkerOptions{}, func(context.Context, water) error {
		mu.Lock()
		defer mu.Unlock()
		began = append(began, time.Now())
		return nil
	}, jobs.Queues{{Name: jobs.DefaultQueue, Concurrency: 1, FetchInterval: interval}})
	for _, plant := range []string{"fern", "cactus", "moss"} {
		enqueue(t, worker, plant)
	}

	jobstest.Drain(t, worker)

	if took := began[2].Sub(began[0]); took < interval { // two intervals, minus the delay of the first job
		t.Errorf("three jobs started within %s, although the fetch interval is %s", took, interval)
	}
}

func TestWorker_logsJobsThatFailPermanently(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	worker := started(t, databasetest.New(t, migrations.FS), jobs.WorkerOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))},
		func(context.Context, water) error { return jobs.GiveUp(errors.New("it is dry on purpose")) })

	enqueue(t, worker, "cactus")
	jobstest.Drain(t, worker)
	if err := worker.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{"job failed permanently", "job=garden.water", "attempts=1", "dry on purpose"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not contain %q:\n%s", want, log.String())
		}
	}
}

func TestWorker_retriesAfterASecondByDefault(t *testing.T) {
	t.Parallel()
	worker := started(t, databasetest.New(t, migrations.FS), jobs.WorkerOptions{},
		func(context.Context, water) error { return errors.New("no water") })

	enqueue(t, worker, "fern")
	var retrying []jobs.Record
	await(t, "the first attempt to fail", func() bool {
		var err error
		retrying, err = worker.List(t.Context(), jobs.Query{})
		return err == nil && retrying[0].Error != ""
	})

	if pause := retrying[0].DueAt.Sub(retrying[0].StartedAt); pause < 800*time.Millisecond || pause > 2*time.Second || retrying[0].MaxAttempts != jobs.DefaultMaxAttempts {
		t.Errorf("the next attempt is due %s after the first, with %d attempts in all", pause, retrying[0].MaxAttempts)
	}
}

func TestWorker_stopFailsIfAHandlerIgnoresTheCancellation(t *testing.T) {
	t.Parallel()
	running, release := make(chan struct{}), make(chan struct{})
	worker := registered(t, databasetest.New(t, migrations.FS), jobs.WorkerOptions{}, func(context.Context, water) error {
		close(running)
		<-release
		return nil
	})
	if err := worker.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	enqueue(t, worker, "fern")
	<-running

	now, cancel := context.WithCancel(t.Context())
	cancel()
	err := worker.Stop(now)
	close(release)

	if err == nil {
		t.Error("Stop succeeded while a handler was running")
	}
}

func TestWorker_skipsATickWhileTheJobOfAnEarlierOneIsUnfinished(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	release := make(chan struct{})
	worker := started(t, db, jobs.WorkerOptions{}, func(context.Context, water) error {
		<-release
		return nil
	}, jobs.Schedules{jobs.Schedule(waterJob, jobs.Every(time.Second), water{"fern"}, jobs.UniqueBy("schedule"))})

	var first time.Time
	await(t, "three ticks", func() bool {
		var last time.Time
		if db.QueryRow(t.Context(), `select last_tick from jobs_schedules`).Scan(&last) != nil {
			return false
		}
		if first.IsZero() {
			first = last
		}
		return last.Sub(first) >= 2*time.Second
	})
	enqueued := count(t, db, `select count(*) from river_job`)
	close(release)
	if err := worker.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	if enqueued != 1 {
		t.Errorf("%d jobs were enqueued in three ticks, want one", enqueued)
	}
}

func TestEnqueue_rejectsTheZeroJob(t *testing.T) {
	t.Parallel()
	var zero jobs.Job[water]

	err := zero.Enqueue(t.Context(), jobstest.NewRecorder(), water{"fern"})

	if err == nil || zero.Name() != "" {
		t.Errorf("got error %v and name %q, want an error and no name", err, zero.Name())
	}
}
