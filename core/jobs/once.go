package jobs

import (
	"context"

	"example.com/pergola/core/database"
)

// Once makes the work of a handler in the database effectively once: it runs
// in a transaction in which the job is also marked as done, so that either both
// are kept or neither. Of two attempts that overlap, because a process seemed
// to be dead and was not, one is rolled back.
//
//	jobs.Handle(SendDigestJob, jobs.Once(tx, f.storeDigest))
//
// It holds for what h does through tx, and for events and jobs that it
// publishes and enqueues there. A mail that h sends is sent at least once all
// the same.
func Once[T any](tx database.Transactor, h func(context.Context, T) error) func(context.Context, T) error {
	return func(ctx context.Context, payload T) error {
		return tx.InTx(ctx, func(ctx context.Context) error {
			if err := h(ctx, payload); err != nil {
				return err
			}
			complete, _ := ctx.Value(completionKey{}).(func(context.Context) error)
			if complete == nil {
				return nil // in memory nothing outlives an attempt that succeeded
			}
			return complete(ctx)
		})
	}
}

type completionKey struct{}

func withCompletion(ctx context.Context, complete func(context.Context) error) context.Context {
	return context.WithValue(ctx, completionKey{}, complete)
}
