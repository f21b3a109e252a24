package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/migrations"
)

func TestWorker_runsAJobWithoutATransaction(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.run(done.record)

	f.enqueue(washJob, "a")
	f.enqueue(cookJob, "b")
	f.drain()

	if !done.has("a") || !done.has("b") || len(done.all()) != 2 {
		t.Errorf("got %q, want a and b", done.all())
	}
}

func TestWorker_runsAJobAfterTheCommit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.run(done.record)

	err := f.db.InTx(t.Context(), func(ctx context.Context) error {
		if err := washJob.Enqueue(ctx, f.worker, chore{ID: "a"}); err != nil {
			return err
		}
		f.drain()
		f.want("inside the transaction", &done)
		return nil
	})
	f.drain()

	if err != nil {
		t.Error(err)
	}
	f.want("after the commit", &done, "a")
}

func TestWorker_runsNothingAfterARollback(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.run(done.record)

	err := f.db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(washJob.Enqueue(ctx, f.worker, chore{ID: "a"}), errNotYet)
	})
	f.drain()

	if !errors.Is(err, errNotYet) {
		t.Errorf("got %v, want the error of the transaction", err)
	}
	f.want("the handler", &done)
}

func TestWorker_rejectsAnUnlistedJob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(new(calls).record)
	unlisted := jobs.Define[chore]("chores.iron")

	if unlisted.Enqueue(t.Context(), f.worker, chore{ID: "a"}) == nil {
		t.Error("an unlisted job was enqueued")
	}
}

func TestWorker_rejectsAnUnknownQueue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(new(calls).record)

	if washJob.Enqueue(t.Context(), f.worker, chore{ID: "a"}, jobs.OnQueue("attic")) == nil {
		t.Error("a job was enqueued on a queue that does not exist")
	}
	if err := washJob.Enqueue(t.Context(), f.worker, chore{ID: "a"}, jobs.OnQueue("kitchen")); err != nil {
		t.Errorf("on the queue of another job got %v", err)
	}
}

func TestWorker_rejectsEnqueuingBeforeRegister(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.open()

	if washJob.Enqueue(t.Context(), f.worker, chore{ID: "a"}) == nil {
		t.Error("a job was enqueued before Register")
	}
}

func TestWorker_rejectsInvalidManifestsAndASecondRegister(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.open()
	right := manifests(new(calls).record)
	wrong := append(slices.Clone(right), right...)

	if f.worker.Register(wrong) == nil {
		t.Error("Register accepted two handlers for one job")
	}
	if err := f.worker.Register(right); err != nil {
		t.Errorf("Register after a failed Register: %v", err)
	}
	if f.worker.Register(right) == nil {
		t.Error("a second Register succeeded")
	}
}

func TestWorker_runsAfterStartWhatWasEnqueuedBefore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.register(done.record)
	f.enqueue(washJob, "a")

	if f.worker.Drain(t.Context()) == nil {
		t.Error("Drain succeeded although nothing was started")
	}
	f.start()
	f.drain()

	f.want("the handler", &done, "a")
}

func TestWorker_drainsJobsEnqueuedByHandlers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var done calls
	f.run(func(ctx context.Context, c chore) error {
		if c.ID == "a" {
			return cookJob.Enqueue(ctx, f.worker, chore{ID: "b"})
		}
		return done.record(ctx, c)
	})

	f.enqueue(washJob, "a")
	f.drain()

	f.want("the second handler", &done, "b")
}

func TestWorker_hidesTheEnqueuersTransactionAndUser(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var inside bool
	var user auth.User
	f.run(func(ctx context.Context, _ chore) error {
		inside, user = database.InTransaction(ctx), auth.CurrentUser(ctx)
		return nil
	})

	ctx, cancel := context.WithCancel(auth.WithUser(t.Context(), auth.User{ID: "ada"}))
	err := f.db.InTx(ctx, func(ctx context.Context) error {
		return washJob.Enqueue(ctx, f.worker, chore{ID: "a"})
	})
	cancel()
	f.drain()

	if err != nil || inside || user.SignedIn() {
		t.Errorf("got error %v, in a transaction: %v, user %q; want none of them", err, inside, user.ID)
	}
}

func TestWorker_runsManyJobs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const many = 300
	var done calls
	f.run(done.record)
	want := make([]string, many)

	for n := range many {
		want[n] = strconv.Itoa(1000 + n)
		f.enqueue(washJob, want[n])
	}
	f.drain()

	if got := slices.Compact(slices.Sorted(slices.Values(done.all()))); !slices.Equal(got, want) {
		t.Errorf("got %d different jobs, want %d", len(got), many)
	}
}

// A process whose clock is ahead delays no one, and is not early itself.
func TestEnqueue_byAProcessWhoseClockIsAhead(t *testing.T) {
	t.Parallel()
	ahead := func() time.Time { return time.Now().Add(10 * time.Minute) }
	db := databasetest.New(t, migrations.FS, database.WithClock(ahead))
	worker, err := jobs.NewWorker(db, jobstest.Options())
	if err == nil {
		err = worker.Register(manifests(func(context.Context, chore) error { return nil }))
	}
	if err != nil {
		t.Fatal(err)
	}

	var now, later bool
	err = db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(
			washJob.Enqueue(ctx, worker, chore{ID: "now"}),
			washJob.Enqueue(ctx, worker, chore{ID: "later"}, jobs.At(time.Now().Add(5*time.Minute))),
			db.QueryRow(ctx, `select scheduled_at = now() and created_at = now() from river_job where args->'payload'->>'id' = 'now'`).Scan(&now),
			db.QueryRow(ctx, `select scheduled_at > now() from river_job where args->'payload'->>'id' = 'later'`).Scan(&later))
	})

	if err != nil || !now || !later {
		t.Errorf("error %v; without a time, due at the database's time: %v; with one in five minutes, due later: %v", err, now, later)
	}
}
