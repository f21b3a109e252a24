package jobstest

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/jobs"
)

var enqueueTests = map[string]func(*trial){
	"does a job without a transaction": func(r *trial) {
		var done journal
		r.run(done.into)

		r.enqueue(washJob, "a")
		r.enqueue(cookJob, "b")
		r.drain()

		if !done.has("a") || !done.has("b") || len(done.all()) != 2 {
			r.t.Errorf("got %q, want a and b", done.all())
		}
	},

	"does a job after the commit": func(r *trial) {
		var done journal
		r.run(done.into)

		err := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
			if err := washJob.Enqueue(ctx, r.Worker, chore{ID: "a"}); err != nil {
				return err
			}
			r.drain()
			r.expect("inside the transaction", &done)
			return nil
		})
		r.drain()

		if err != nil {
			r.t.Error(err)
		}
		r.expect("after the commit", &done, "a")
	},

	"does nothing of a transaction that is rolled back": func(r *trial) {
		var done journal
		r.run(done.into)

		err := r.Tx.InTx(r.t.Context(), func(ctx context.Context) error {
			return errors.Join(washJob.Enqueue(ctx, r.Worker, chore{ID: "a"}), errNotYet)
		})
		r.drain()

		if !errors.Is(err, errNotYet) {
			r.t.Errorf("got %v, want the error of the transaction", err)
		}
		r.expect("the handler", &done)
	},

	"refuses a job that nobody lists": func(r *trial) {
		r.run(new(journal).into)
		unlisted := jobs.Define[chore]("chores.iron")

		if unlisted.Enqueue(r.t.Context(), r.Worker, chore{ID: "a"}) == nil {
			r.t.Error("a job that nobody lists was enqueued")
		}
	},

	"refuses a queue that nobody works on": func(r *trial) {
		r.run(new(journal).into)

		if washJob.Enqueue(r.t.Context(), r.Worker, chore{ID: "a"}, jobs.OnQueue("attic")) == nil {
			r.t.Error("a job was put on a queue that nobody works on")
		}
		if err := washJob.Enqueue(r.t.Context(), r.Worker, chore{ID: "a"}, jobs.OnQueue("kitchen")); err != nil {
			r.t.Errorf("on the queue of another job got %v", err)
		}
	},

	"refuses to enqueue before it is sealed": func(r *trial) {
		r.Subject = r.open(r.t, Settings{})

		if washJob.Enqueue(r.t.Context(), r.Worker, chore{ID: "a"}) == nil {
			r.t.Error("a job was enqueued before its handler was known")
		}
	},

	"refuses manifests that are wrong, and a second seal": func(r *trial) {
		r.Subject = r.open(r.t, Settings{})
		right := manifests(new(journal).into)
		wrong := append(slices.Clone(right), right...)

		if r.Worker.Seal(wrong) == nil {
			r.t.Error("two handlers of one job were sealed")
		}
		if err := r.Worker.Seal(right); err != nil {
			r.t.Errorf("seal after a refusal: %v", err)
		}
		if r.Worker.Seal(right) == nil {
			r.t.Error("sealed twice")
		}
	},

	"keeps what is enqueued until it is started": func(r *trial) {
		var done journal
		r.prepare(done.into)
		r.enqueue(washJob, "a")

		if r.Worker.Drain(r.t.Context()) == nil {
			r.t.Error("drained although nothing was started")
		}
		r.start()
		r.drain()

		r.expect("the handler", &done, "a")
	},

	"drains what handlers enqueue in turn": func(r *trial) {
		var done journal
		r.run(func(ctx context.Context, c chore) error {
			if c.ID == "a" {
				return cookJob.Enqueue(ctx, r.Worker, chore{ID: "b"})
			}
			return done.into(ctx, c)
		})

		r.enqueue(washJob, "a")
		r.drain()

		r.expect("the second handler", &done, "b")
	},

	"gives a handler neither the transaction nor the user of who enqueued": func(r *trial) {
		var inside bool
		var user auth.User
		r.run(func(ctx context.Context, _ chore) error {
			inside, user = database.InTransaction(ctx), auth.CurrentUser(ctx)
			return nil
		})

		ctx, cancel := context.WithCancel(auth.WithUser(r.t.Context(), auth.User{ID: "ada"}))
		err := r.Tx.InTx(ctx, func(ctx context.Context) error {
			return washJob.Enqueue(ctx, r.Worker, chore{ID: "a"})
		})
		cancel()
		r.drain()

		if err != nil || inside || user.SignedIn() {
			r.t.Errorf("got error %v, in a transaction: %v, user %q; want none of them", err, inside, user.ID)
		}
	},

	"does every one of many": func(r *trial) {
		const many = 300
		var done journal
		r.run(done.into)
		want := make([]string, many)

		for n := range many {
			want[n] = strconv.Itoa(1000 + n)
			r.enqueue(washJob, want[n])
		}
		r.drain()

		if got := slices.Compact(slices.Sorted(slices.Values(done.all()))); !slices.Equal(got, want) {
			r.t.Errorf("got %d different jobs, want %d", len(got), many)
		}
	},
}
