package jobstest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
)

// blocked is a handler that waits until it is released or cancelled, and says
// when it begins.
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

func (r *trial) list(query jobs.Query) []jobs.Record {
	r.t.Helper()
	records, err := r.Worker.List(r.t.Context(), query)
	if err != nil {
		r.t.Fatalf("list: %v", err)
	}
	return records
}

// only is the one job of a state.
func (r *trial) only(state jobs.State) jobs.Record {
	r.t.Helper()
	records := r.list(jobs.Query{State: state})
	if len(records) != 1 {
		r.t.Fatalf("%d jobs are %s, want one: %+v", len(records), state, r.list(jobs.Query{}))
	}
	return records[0]
}

func (r *trial) queue(name string) jobs.QueueState {
	r.t.Helper()
	queues, err := r.Worker.Queues(r.t.Context())
	at := slices.IndexFunc(queues, func(q jobs.QueueState) bool { return q.Name == name })
	if err != nil || at < 0 {
		r.t.Fatalf("got the queues %+v and error %v, want %s among them", queues, err, name)
	}
	return queues[at]
}

// until waits for a condition that does not come by this process alone.
func (r *trial) until(what string, met func() bool) {
	r.t.Helper()
	for deadline := time.After(patience); !met(); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			r.t.Fatalf("waited in vain until %s: %+v", what, r.list(jobs.Query{}))
		}
	}
}

var inspectTests = map[string]func(*trial){
	"shows a job in every state of its life": func(r *trial) {
		do, begun, release := blocked()
		r.settings.Queues = map[string]int{"kitchen": 1}
		r.run(func(ctx context.Context, c chore) error {
			if c.ID == "bad" {
				return errNotYet
			}
			return do(ctx, c)
		})
		r.enqueue(cookJob, "first")
		<-begun
		r.enqueue(cookJob, "second")
		r.enqueue(washJob, "later", jobs.At(time.Now().Add(time.Hour)))
		r.enqueue(shopJob, "bad")
		r.until("one has failed", func() bool { return len(r.failures()) == 1 })

		running, waiting, scheduled, failed := r.only(jobs.Running), r.only(jobs.Waiting), r.only(jobs.Scheduled), r.only(jobs.Failed)

		if running.Job != cookJob.Name() || running.Queue != "kitchen" || running.Attempts != 1 || running.MaxAttempts != 2 || running.Priority != 3 ||
			running.BegunAt.IsZero() || running.EnqueuedAt.IsZero() || !strings.Contains(string(running.Payload), "first") {
			r.t.Errorf("the running one does not say everything: %+v", running)
		}
		if waiting.Attempts != 0 || !waiting.BegunAt.IsZero() || !waiting.FinishedAt.IsZero() || waiting.Error != "" {
			r.t.Errorf("the waiting one says too much: %+v", waiting)
		}
		if pause := time.Until(scheduled.DueAt); pause < 50*time.Minute || pause > time.Hour {
			r.t.Errorf("the scheduled one is due in %v, want an hour", pause)
		}
		if failed.UniqueKey != "list" || failed.Attempts != 1 || failed.FinishedAt.IsZero() || !strings.Contains(failed.Error, errNotYet.Error()) || failed.Stack == "" {
			r.t.Errorf("the failed one does not say everything: %+v", failed)
		}
		if kitchen := r.queue("kitchen"); kitchen.Counts[jobs.Running] != 1 || kitchen.Counts[jobs.Waiting] != 1 || kitchen.Width != 1 || kitchen.Paused {
			r.t.Errorf("the kitchen is %+v, want one running and one waiting", kitchen)
		}
		close(release)
		r.drain()
		if done := r.list(jobs.Query{State: jobs.Done}); len(done) != 2 || done[0].FinishedAt.IsZero() || done[0].Attempts != 1 {
			r.t.Errorf("done are %+v, want both of the kitchen", done)
		}
		if found, err := r.Worker.Find(r.t.Context(), running.ID); err != nil || found.State != jobs.Done || found.ID != running.ID {
			r.t.Errorf("found %+v, error %v; want the first one as done", found, err)
		}
	},

	"lists by state, name and queue, page by page": func(r *trial) {
		r.prepare(new(journal).into)
		for n := range 5 {
			r.enqueue(washJob, strconv.Itoa(n))
		}
		r.enqueue(cookJob, "soup")
		var ids []string
		for _, record := range r.list(jobs.Query{Job: washJob.Name()}) {
			ids = append(ids, record.ID)
		}

		page := func(query jobs.Query) (got []string) {
			query.Job, query.Limit = washJob.Name(), 2
			for _, record := range r.list(query) {
				got = append(got, record.ID)
			}
			return got
		}
		first := page(jobs.Query{})
		second := page(jobs.Query{Page: jobs.Page{OlderThan: ids[1]}})
		back := page(jobs.Query{Page: jobs.Page{NewerThan: ids[3]}})

		if len(ids) != 5 || !slices.Equal(first, ids[:2]) || !slices.Equal(second, ids[2:4]) || !slices.Equal(back, ids[1:3]) {
			r.t.Errorf("of %q the pages are %q, %q and back %q", ids, first, second, back)
		}
		if kitchen := r.list(jobs.Query{Queue: "kitchen"}); len(kitchen) != 1 || kitchen[0].Job != cookJob.Name() {
			r.t.Errorf("in the kitchen is %+v, want the soup", kitchen)
		}
		if running := r.list(jobs.Query{State: jobs.Running}); len(running) != 0 {
			r.t.Errorf("%+v runs although nothing is started", running)
		}
	},

	"does at once what is due later": func(r *trial) {
		var heard journal
		r.run(heard.into)
		r.enqueue(washJob, "later", jobs.At(time.Now().Add(time.Hour)))

		if err := r.Worker.Retry(r.t.Context(), r.only(jobs.Scheduled).ID); err != nil {
			r.t.Fatalf("retry: %v", err)
		}
		r.drain()

		r.expect("the handler", &heard, "later")
		if err := r.Worker.Retry(r.t.Context(), r.only(jobs.Done).ID); !errors.Is(err, fault.Conflict) {
			r.t.Errorf("retry of what is done: %v, want a conflict", err)
		}
	},

	"makes the next attempt at once": func(r *trial) {
		r.settings.Backoff = func(int) time.Duration { return time.Hour }
		var mended atomic.Bool
		var heard journal
		r.run(func(ctx context.Context, c chore) error {
			if mended.Load() {
				return heard.into(ctx, c)
			}
			return errNotYet
		})
		r.enqueue(washJob, "a")
		r.until("it waits for its next attempt", func() bool { return len(r.list(jobs.Query{State: jobs.Retrying})) == 1 })
		retrying := r.only(jobs.Retrying)
		if retrying.Attempts != 1 || !strings.Contains(retrying.Error, errNotYet.Error()) || time.Until(retrying.DueAt) < 50*time.Minute {
			r.t.Errorf("what waits for its next attempt is %+v", retrying)
		}

		mended.Store(true)
		if err := r.Worker.Retry(r.t.Context(), retrying.ID); err != nil {
			r.t.Fatalf("retry: %v", err)
		}
		r.drain()

		r.expect("the handler", &heard, "a")
	},

	"cancels what waits, and replays it": func(r *trial) {
		var heard journal
		r.run(heard.into)
		r.enqueue(washJob, "later", jobs.At(time.Now().Add(time.Hour)), jobs.UniqueBy("x"))
		id := r.only(jobs.Scheduled).ID

		if err := r.Worker.Cancel(r.t.Context(), id); err != nil {
			r.t.Fatalf("cancel: %v", err)
		}

		if failed := r.only(jobs.Failed); failed.ID != id || !strings.Contains(failed.Error, "cancelled") || failed.Attempts != 0 {
			r.t.Errorf("listed as failed is %+v, want it to say that it was cancelled", failed)
		}
		if err := r.Worker.Cancel(r.t.Context(), id); !errors.Is(err, fault.Conflict) {
			r.t.Errorf("cancelling twice: %v, want a conflict", err)
		}
		if err := r.Worker.Replay(r.t.Context(), id); err != nil {
			r.t.Fatalf("replay: %v", err)
		}
		r.drain()
		r.expect("the handler", &heard, "later")
	},

	"cancels what runs": func(r *trial) {
		do, begun, _ := blocked()
		r.run(do)
		r.enqueue(washJob, "a")
		<-begun

		if err := r.Worker.Cancel(r.t.Context(), r.only(jobs.Running).ID); err != nil {
			r.t.Fatalf("cancel: %v", err)
		}
		r.until("it is listed as failed", func() bool { return len(r.failures()) == 1 })

		if failed := r.only(jobs.Failed); failed.Attempts != 1 || !strings.Contains(failed.Error, "cancelled") {
			r.t.Errorf("listed as failed is %+v, want it to say that it was cancelled", failed)
		}
		r.expect("the reports", &r.reported)
	},

	"begins nothing of a queue that is paused": func(r *trial) {
		var heard journal
		r.run(heard.into)
		ctx := r.t.Context()
		r.until("somebody works on the queue", func() bool { return r.Worker.Pause(ctx, "kitchen") == nil })
		soups, left, kept := 0, 0, 0
		r.until("nobody begins a job of it, five times in a row", func() bool { // others hear of the pause a moment later
			id := strconv.Itoa(soups)
			r.enqueue(cookJob, "soup "+id)
			soups++
			others := left
			before := len(r.list(jobs.Query{State: jobs.Waiting, Queue: "kitchen"}))
			r.enqueue(washJob, "dishes "+id)
			r.wait(&heard, "dishes "+id)
			left = len(r.list(jobs.Query{State: jobs.Waiting, Queue: "kitchen"}))
			if kept++; before != others+1 || left != before {
				kept = 0
			}
			return kept == 5
		})

		if !r.queue("kitchen").Paused || r.queue("kitchen").Counts[jobs.Waiting] != left || r.queue(jobs.DefaultQueue).Paused {
			r.t.Errorf("the kitchen is %+v, want %d waiting in it, and no other queue to be paused", r.queue("kitchen"), left)
		}
		if err := errors.Join(r.Worker.Pause(ctx, "kitchen"), r.Worker.Resume(ctx, "kitchen")); err != nil {
			r.t.Fatal(err)
		}
		r.drain()

		if cooked := len(heard.all()) - soups; cooked != soups {
			r.t.Errorf("%d of %d soups were cooked in the end", cooked, soups)
		}
		if r.queue("kitchen").Paused {
			r.t.Error("the kitchen is still paused")
		}
		if err := r.Worker.Pause(ctx, "cellar"); !errors.Is(err, fault.NotFound) {
			r.t.Errorf("pausing a queue that is none: %v, want not found", err)
		}
	},

	"shows nobody a payload that is private": func(r *trial) {
		var heard journal
		r.run(heard.into)
		r.enqueue(whisper, "a secret")
		r.drain()

		if done := r.only(jobs.Done); done.Payload != nil || done.Job != whisper.Name() {
			r.t.Errorf("it is shown as %+v, want no payload", done)
		}
		r.expect("the handler", &heard, "a secret")
	},

	"knows nothing that is not there": func(r *trial) {
		r.run(new(journal).into)
		ctx := r.t.Context()
		for _, id := range []string{"", "x", "9000000", "019300f0-0000-7000-8000-000000000000"} {
			_, found := r.Worker.Find(ctx, id)
			for what, err := range map[string]error{"find": found, "retry": r.Worker.Retry(ctx, id), "cancel": r.Worker.Cancel(ctx, id)} {
				if !errors.Is(err, fault.NotFound) {
					r.t.Errorf("%s %q: %v, want not found", what, id, err)
				}
			}
		}
	},

	"has another revision after each change": func(r *trial) {
		var heard journal
		r.run(heard.into)
		seen := map[string]bool{}
		see := func(what string) {
			r.until("there is a new revision when "+what, func() bool {
				revision, err := r.Worker.Revision(r.t.Context())
				if err != nil {
					r.t.Fatal(err)
				}
				isNew := !seen[revision]
				seen[revision] = true
				return isNew
			})
		}
		see("nothing has happened")
		r.enqueue(washJob, "later", jobs.At(time.Now().Add(time.Hour)))
		see("a job is there")
		if err := r.Worker.Cancel(r.t.Context(), r.only(jobs.Scheduled).ID); err != nil {
			r.t.Fatal(err)
		}
		see("it is cancelled")
		if err := r.Worker.Replay(r.t.Context(), r.only(jobs.Failed).ID); err != nil {
			r.t.Fatal(err)
		}
		r.drain()
		see("it is done")
	},
}
