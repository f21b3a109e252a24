package jobs_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/migrations"
)

func TestPostgres_keepsTheContract(t *testing.T) {
	t.Parallel()
	jobstest.TestWorker(t, func(t *testing.T, settings jobstest.Settings) jobstest.Subject {
		db := databasetest.New(t, migrations.FS)
		worker, err := jobs.NewPostgres(db, jobs.PostgresOptions{
			Backoff: settings.Backoff, Reporter: settings.Reporter, Queues: settings.Queues,
			Poll: 20 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		return jobstest.Subject{Worker: worker, Tx: db}
	})
}

// startedOn is a worker on the database that waters by do, and is stopped after
// the test.
func startedOn(t *testing.T, db *database.DB, options jobs.PostgresOptions, do func(context.Context, water) error, schedules ...jobs.Plan) *jobs.Postgres {
	t.Helper()
	worker := sealedOn(t, db, options, do, schedules...)
	start(t, worker)
	return worker
}

func sealedOn(t *testing.T, db *database.DB, options jobs.PostgresOptions, do func(context.Context, water) error, schedules ...jobs.Plan) *jobs.Postgres {
	t.Helper()
	options.Poll = 20 * time.Millisecond
	worker, err := jobs.NewPostgres(db, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Seal(garden(do, schedules...)); err != nil {
		t.Fatal(err)
	}
	return worker
}

func start(t *testing.T, worker jobs.Worker) {
	t.Helper()
	if err := worker.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := worker.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func drained(t *testing.T, worker jobs.Worker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := worker.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

func execute(t *testing.T, db *database.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *database.DB, sql string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPostgres_ticksOnceHoweverManyNodes(t *testing.T) {
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
		startedOn(t, db, jobs.PostgresOptions{}, do, plan)
	}
	await(t, "three ticks", func() bool { return done.Load() >= 3 })
	var last time.Time
	var enqueued int
	err := db.QueryRow(t.Context(), `select last_tick, (select count(*) from river_job) from jobs_schedules`).Scan(&last, &enqueued)

	if most := int(last.Sub(began) / time.Second); err != nil || enqueued > most {
		t.Errorf("%d jobs were enqueued in %d ticks, error %v", enqueued, most, err)
	}
}

func TestPostgres_takesOverWhatADeadProcessHadBegun(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var begun, attempt atomic.Int32
	worker := sealedOn(t, db, jobs.PostgresOptions{}, func(ctx context.Context, _ water) error {
		begun.Add(1)
		attempt.Store(int32(jobs.Attempt(ctx)))
		return nil
	})
	enqueue(t, worker, "fern")
	enqueue(t, worker, "cactus", jobs.MaxAttempts(1))
	execute(t, db, `update river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{somebody}'`)

	start(t, worker)
	drained(t, worker)

	failures, err := worker.Failures(t.Context())
	if begun.Load() != 1 || attempt.Load() != 2 {
		t.Errorf("begun %d times, the last as attempt %d; want once, as the second attempt", begun.Load(), attempt.Load())
	}
	if err != nil || len(failures) != 1 || !strings.Contains(string(failures[0].Payload), "cactus") ||
		!strings.Contains(failures[0].Error, "process ended") {
		t.Errorf("got %+v and error %v, want the job that had one attempt", failures, err)
	}
}

func TestPostgres_doesAgainWhatCouldNotBeStoredAsDone(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var done atomic.Int32
	worker := startedOn(t, db, jobs.PostgresOptions{}, func(context.Context, water) error {
		done.Add(1)
		return nil
	})
	enqueue(t, worker, "fern")
	drained(t, worker)

	execute(t, db, `update river_job set state = 'running', finalized_at = null, attempted_at = now() - interval '2 minutes'`)
	await(t, "another attempt", func() bool { return done.Load() == 2 })
	drained(t, worker)
}

func TestPostgres_leavesTheLivingAlone(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	release := make(chan struct{})
	var begun atomic.Int32
	do := func(context.Context, water) error {
		begun.Add(1)
		<-release
		return nil
	}
	first := startedOn(t, db, jobs.PostgresOptions{}, do)
	startedOn(t, db, jobs.PostgresOptions{}, do)

	enqueue(t, first, "fern")
	// Longer than it takes to believe that somebody is dead.
	began := time.Now()
	await(t, "six seconds", func() bool { return time.Since(began) > 6*time.Second })
	close(release)
	drained(t, first)

	if n := begun.Load(); n != 1 {
		t.Errorf("a job that takes long was begun %d times", n)
	}
}

func TestPostgres_parksWhatNobodyKnowsAnyMore(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	var done atomic.Int32
	worker := startedOn(t, db, jobs.PostgresOptions{Orphans: time.Millisecond}, func(context.Context, water) error {
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

	var failures []jobs.Failure
	await(t, "the failure", func() bool {
		failures, _ = worker.Failures(t.Context())
		return len(failures) == 1
	})
	if failures[0].Job != "garden.mow" || !strings.Contains(failures[0].Error, "garden.mow") {
		t.Errorf("got %+v, want it named", failures[0])
	}

	execute(t, db, `update river_job set kind = 'garden.water'`) // as if it were back
	if err := worker.Replay(t.Context(), failures[0].ID); err != nil {
		t.Fatal(err)
	}
	drained(t, worker)
	if done.Load() != 1 {
		t.Errorf("done %d times, want once", done.Load())
	}
}

func TestOnce_keepsWorkAndCompletionTogether(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)
	execute(t, db, `create table watered (plant text)`)
	var lost atomic.Bool
	worker := startedOn(t, db, jobs.PostgresOptions{Backoff: func(int) time.Duration { return 0 }},
		jobs.Once(db, func(ctx context.Context, w water) error {
			if _, err := db.Exec(ctx, `insert into watered values ($1)`, w.Plant); err != nil {
				return err
			}
			if w.Plant == "moss" && lost.CompareAndSwap(false, true) {
				// Somebody takes this attempt for dead and gives it to another.
				_, err := db.Pool().Exec(ctx, `update river_job set attempted_by = '{another}' where state = 'running' and args -> 'payload' ->> 'plant' = 'moss'`)
				return err
			}
			return nil
		}))

	enqueue(t, worker, "fern")
	enqueue(t, worker, "moss")
	drained(t, worker)

	if n := count(t, db, `select count(*) from watered`); n != 2 || !lost.Load() {
		t.Errorf("got %d rows, want one for each job", n)
	}
}

// await polls for a condition.
func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !met() {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestPostgres_letsAQueueRestBetweenItsJobs(t *testing.T) {
	t.Parallel()
	const pause = 250 * time.Millisecond
	var mu sync.Mutex
	var began []time.Time
	worker := startedOn(t, databasetest.New(t, migrations.FS), jobs.PostgresOptions{
		Queues: map[string]int{jobs.DefaultQueue: 1},
		Pauses: map[string]time.Duration{jobs.DefaultQueue: pause},
	}, func(context.Context, water) error {
		mu.Lock()
		defer mu.Unlock()
		began = append(began, time.Now())
		return nil
	})
	for _, plant := range []string{"fern", "cactus", "moss"} {
		enqueue(t, worker, plant)
	}

	drained(t, worker)

	if took := began[2].Sub(began[0]); took < pause { // two pauses, less what the first job was late
		t.Errorf("three jobs began within %s, with a pause of %s after each", took, pause)
	}
}
