package work

import (
	"context"

	"example.com/pergola/core/database"
)

// Once wraps a handler so that it runs in a transaction which also completes
// the piece of work that the context is about.
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

// WithCompletion says how the piece of work is completed that is done with the
// context.
func WithCompletion(ctx context.Context, complete func(context.Context) error) context.Context {
	return context.WithValue(ctx, completionKey{}, complete)
}
