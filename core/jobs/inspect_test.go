package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
)

// blocked is a handler that reports when it begins and waits until it is released
// or canceled.
func blocked() (do func(context.Context, chore) error, begun chan string, release chan struct{}) {
	begun, release = make(chan string, 100), make(chan struct{})
	return func(ctx context.Context, c chore) error {
		begun <- c.ID
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, begun, release
}

func (f *fixture) list(query jobs.Query) []jobs.Record {
	f.t.Helper()
	records, err := f.worker.List(f.t.Context(), query)
	if err != nil {
		f.t.Fatalf("list: %v", err)
	}
	return records
}

// only returns the single job in a state.
func (f *fixture) only(state jobs.State) jobs.Record {
	f.t.Helper()
	records := f.list(jobs.Query{State: state})
	if len(records) != 1 {
		f.t.Fatalf("%d jobs are %s, want one: %+v", len(records), state, f.list(jobs.Query{}))
	}
	return records[0]
}

func (f *fixture) queue(name string) jobs.QueueState {
	f.t.Helper()
	queues, err := f.worker.Queues(f.t.Context())
	at := slices.IndexFunc(queues, func(q jobs.QueueState) bool { return q.Name == name })
	if err != nil || at < 0 {
		f.t.Fatalf("got the queues %+v and error %v, want %s among them", queues, err, name)
	}
	return queues[at]
}

func (f *fixture) until(what string, met func() bool) {
	f.t.Helper()
	await(f.t, what, met)
}

func TestWorker_listsJobsInEveryState(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	do, begun, release := blocked()
	f.queues = jobs.Queues{{Name: "kitchen", Concurrency: 1}}
	f.run(func(ctx context.Context, c chore) error {
		if c.ID == "bad" {
			return errNotYet
		}
		return do(ctx, c)
	})
	f.enqueue(cookJob, "first")
	<-begun
	f.enqueue(cookJob, "second")
	f.enqueue(washJob, "later", jobs.At(time.Now().Add(time.Hour)))
	f.enqueue(shopJob, "bad")
	f.until("one to fail", func() bool { return len(f.failures()) == 1 })

	running, waiting, scheduled, failed := f.only(jobs.Running), f.only(jobs.Waiting), f.only(jobs.Scheduled), f.only(jobs.Failed)

	if running.Job != cookJob.Name() || running.Queue != "kitchen" || running.Attempts != 1 || running.MaxAttempts != 2 || running.Priority != 3 ||
		running.StartedAt.IsZero() || running.EnqueuedAt.IsZero() || !strings.Contains(string(running.Payload), "first") {
		t.Errorf("the running job is incomplete: %+v", running)
	}
	if waiting.Attempts != 0 || !waiting.StartedAt.IsZero() || !waiting.FinishedAt.IsZero() || waiting.Error != "" {
		t.Errorf("the waiting job has unexpected fields: %+v", waiting)
	}
	if pause := time.Until(scheduled.DueAt); pause < 50*time.Minute || pause > time.Hour {
		t.Errorf("the scheduled one is due in %v, want an hour", pause)
	}
	if failed.UniqueKey != "list" || failed.Attempts != 1 || failed.FinishedAt.IsZero() || !strings.Contains(failed.Error, errNotYet.Error()) || failed.Stack == "" {
		t.Errorf("the failed job is incomplete: %+v", failed)
	}
	if kitchen := f.queue("kitchen"); kitchen.Counts[jobs.Running] != 1 || kitchen.Counts[jobs.Waiting] != 1 || kitchen.Concurrency != 1 || kitchen.Paused {
		t.Errorf("the kitchen is %+v, want one running and one waiting", kitchen)
	}
	close(release)
	f.drain()
	if done := f.list(jobs.Query{State: jobs.Done}); len(done) != 2 || done[0].FinishedAt.IsZero() || done[0].Attempts != 1 {
		t.Errorf("done are %+v, want both of the kitchen", done)
	}
	if found, err := f.worker.Find(t.Context(), running.ID); err != nil || found.State != jobs.Done || found.ID != running.ID {
		t.Errorf("found %+v, error %v; want the first one as done", found, err)
	}
}

func TestWorker_filtersAndPagesJobs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(new(calls).record)
	for n := range 5 {
		f.enqueue(washJob, strconv.Itoa(n))
	}
	f.enqueue(cookJob, "soup")
	var ids []string
	for _, record := range f.list(jobs.Query{Job: washJob.Name()}) {
		ids = append(ids, record.ID)
	}

	page := func(query jobs.Query) (got []string) {
		query.Job, query.Limit = washJob.Name(), 2
		for _, record := range f.list(query) {
			got = append(got, record.ID)
		}
		return got
	}
	first := page(jobs.Query{})
	second := page(jobs.Query{Page: jobs.Page{OlderThan: ids[1]}})
	back := page(jobs.Query{Page: jobs.Page{NewerThan: ids[3]}})

	if len(ids) != 5 || !slices.Equal(first, ids[:2]) || !slices.Equal(second, ids[2:4]) || !slices.Equal(back, ids[1:3]) {
		t.Errorf("of %q the pages are %q, %q and back %q", ids, first, second, back)
	}
	if kitchen := f.list(jobs.Query{Queue: "kitchen"}); len(kitchen) != 1 || kitchen[0].Job != cookJob.Name() {
		t.Errorf("in the kitchen is %+v, want the soup", kitchen)
	}
	if running := f.list(jobs.Query{State: jobs.Running}); len(running) != 0 {
		t.Errorf("%+v is running although nothing is started", running)
	}
}

func TestWorker_runsAScheduledJobNow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(handled.record)
	f.enqueue(washJob, "later", jobs.At(time.Now().Add(time.Hour)))

	if err := f.worker.Retry(t.Context(), f.only(jobs.Scheduled).ID); err != nil {
		t.Fatalf("retry: %v", err)
	}
	f.drain()

	f.want("the handler", &handled, "later")
	if err := f.worker.Retry(t.Context(), f.only(jobs.Done).ID); !errors.Is(err, fault.Conflict) {
		t.Errorf("retrying a finished job: %v, want a conflict", err)
	}
}

func TestWorker_retriesNow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.options.Backoff = func(int) time.Duration { return time.Hour }
	var fixed atomic.Bool
	var handled calls
	f.run(func(ctx context.Context, c chore) error {
		if fixed.Load() {
			return handled.record(ctx, c)
		}
		return errNotYet
	})
	f.enqueue(washJob, "a")
	f.until("a job to wait for its next attempt", func() bool { return len(f.list(jobs.Query{State: jobs.Retrying})) == 1 })
	retrying := f.only(jobs.Retrying)
	if retrying.Attempts != 1 || !strings.Contains(retrying.Error, errNotYet.Error()) || time.Until(retrying.DueAt) < 50*time.Minute {
		t.Errorf("the retrying job is %+v", retrying)
	}

	fixed.Store(true)
	if err := f.worker.Retry(t.Context(), retrying.ID); err != nil {
		t.Fatalf("retry: %v", err)
	}
	f.drain()

	f.want("the handler", &handled, "a")
}

func TestWorker_cancelsAWaitingJobAndReplaysIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(handled.record)
	f.enqueue(washJob, "later", jobs.At(time.Now().Add(time.Hour)), jobs.UniqueBy("x"))
	id := f.only(jobs.Scheduled).ID

	if err := f.worker.Cancel(t.Context(), id); err != nil {
		t.Fatalf("cancel: %v", err)
	}

	if failed := f.only(jobs.Failed); failed.ID != id || !strings.Contains(failed.Error, "canceled") || failed.Attempts != 0 {
		t.Errorf("listed as failed is %+v, want the cancellation as its error", failed)
	}
	if err := f.worker.Cancel(t.Context(), id); !errors.Is(err, fault.Conflict) {
		t.Errorf("canceling twice: %v, want a conflict", err)
	}
	if err := f.worker.Replay(t.Context(), id); err != nil {
		t.Fatalf("replay: %v", err)
	}
	f.drain()
	f.want("the handler", &handled, "later")
}

func TestWorker_cancelsARunningJob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	do, begun, _ := blocked()
	f.run(do)
	f.enqueue(washJob, "a")
	<-begun

	if err := f.worker.Cancel(t.Context(), f.only(jobs.Running).ID); err != nil {
		t.Fatalf("cancel: %v", err)
	}
	f.until("a failure to be listed", func() bool { return len(f.failures()) == 1 })

	if failed := f.only(jobs.Failed); failed.Attempts != 1 || !strings.Contains(failed.Error, "canceled") {
		t.Errorf("listed as failed is %+v, want the cancellation as its error", failed)
	}
	f.want("the reports", &f.reported)
}

func TestWorker_startsNoJobOfAPausedQueue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(handled.record)
	ctx := t.Context()
	f.until("a worker for the queue", func() bool { return f.worker.Pause(ctx, "kitchen") == nil })
	soups, left, kept := 0, 0, 0
	f.until("five checks in a row without a new job", func() bool { // other processes are notified a moment later
		id := strconv.Itoa(soups)
		f.enqueue(cookJob, "soup "+id)
		soups++
		others := left
		before := len(f.list(jobs.Query{State: jobs.Waiting, Queue: "kitchen"}))
		f.enqueue(washJob, "dishes "+id)
		f.wait(&handled, "dishes "+id)
		left = len(f.list(jobs.Query{State: jobs.Waiting, Queue: "kitchen"}))
		if kept++; before != others+1 || left != before {
			kept = 0
		}
		return kept == 5
	})

	if !f.queue("kitchen").Paused || f.queue("kitchen").Counts[jobs.Waiting] != left || f.queue(jobs.DefaultQueue).Paused {
		t.Errorf("the kitchen is %+v, want %d waiting in it, and no other queue to be paused", f.queue("kitchen"), left)
	}
	if err := errors.Join(f.worker.Pause(ctx, "kitchen"), f.worker.Resume(ctx, "kitchen")); err != nil {
		t.Fatal(err)
	}
	f.drain()

	if cooked := len(handled.all()) - soups; cooked != soups {
		t.Errorf("%d of %d soups were cooked after resuming", cooked, soups)
	}
	if f.queue("kitchen").Paused {
		t.Error("the kitchen is still paused")
	}
	if err := f.worker.Pause(ctx, "cellar"); !errors.Is(err, fault.NotFound) {
		t.Errorf("pausing an unknown queue: %v, want not found", err)
	}
}

func TestWorker_hidesPrivatePayloads(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(handled.record)
	f.enqueue(whisperJob, "a secret")
	f.drain()

	if done := f.only(jobs.Done); done.Payload != nil || done.Job != whisperJob.Name() {
		t.Errorf("it is listed as %+v, want no payload", done)
	}
	f.want("the handler", &handled, "a secret")
}

func TestWorker_returnsNotFoundForUnknownIDs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(new(calls).record)
	ctx := t.Context()
	for _, id := range []string{"", "x", "9000000", "019300f0-0000-7000-8000-000000000000"} {
		_, found := f.worker.Find(ctx, id)
		for what, err := range map[string]error{"find": found, "retry": f.worker.Retry(ctx, id), "cancel": f.worker.Cancel(ctx, id)} {
			if !errors.Is(err, fault.NotFound) {
				t.Errorf("%s %q: %v, want not found", what, id, err)
			}
		}
	}
}

func TestWorker_changesTheRevisionAfterEachChange(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled calls
	f.run(handled.record)
	seen := map[string]bool{}
	see := func(what string) {
		f.until("a new revision when "+what, func() bool {
			revision, err := f.worker.Revision(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			isNew := !seen[revision]
			seen[revision] = true
			return isNew
		})
	}
	see("nothing has happened")
	f.enqueue(washJob, "later", jobs.At(time.Now().Add(time.Hour)))
	see("a job is there")
	if err := f.worker.Cancel(t.Context(), f.only(jobs.Scheduled).ID); err != nil {
		t.Fatal(err)
	}
	see("it is canceled")
	if err := f.worker.Replay(t.Context(), f.only(jobs.Failed).ID); err != nil {
		t.Fatal(err)
	}
	f.drain()
	see("it is done")
}
