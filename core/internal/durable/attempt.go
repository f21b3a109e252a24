package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/internal/descriptor"
	"example.com/pergola/core/observe"
)

// Backoff doubles from a second to an hour, plus or minus a fifth to spread
// tasks that failed together.
func Backoff(attempt int) time.Duration {
	pause := time.Hour
	if attempt <= 12 { // later ones would exceed the hour
		pause = time.Second << max(attempt-1, 0)
	}
	return time.Duration(float64(pause) * (0.8 + 0.4*rand.Float64()))
}

// GiveUp marks an error after which the task must not be retried.
func GiveUp(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ error }

func (p *permanentError) Unwrap() error { return p.error }

func isPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

// Handler turns a handler of typed payloads into one of stored payloads. A
// payload that cannot be read fails permanently.
func Handler[T any](h func(context.Context, T) error) func(context.Context, json.RawMessage) error {
	return func(ctx context.Context, raw json.RawMessage) error {
		var payload T
		if err := descriptor.Decode(raw, &payload); err != nil {
			return GiveUp(err)
		}
		return h(ctx, payload)
	}
}

// Attempt identifies one call of a handler.
type Attempt struct {
	Partition Partition
	ID        string // the same in every attempt
	Number    int    // from 1
	Name      string // of the span
	Trace     string // of the publisher (see observe.TraceParent); "" if none
}

type attemptKey struct{ partition Partition }

// Run calls fn in a span, with the attempt in its context. A panic is returned
// as an error.
func (a Attempt) Run(ctx context.Context, fn func(context.Context) error) error {
	layer := observe.LayerJob
	if a.Partition == Events {
		layer = observe.LayerEvent
	}
	ctx = context.WithValue(observe.WithTraceParent(ctx, a.Trace), attemptKey{a.Partition}, a)
	return observe.Run(ctx, layer, a.Name, fn)
}

// CurrentAttempt returns the partition's attempt in the context; the zero Attempt
// outside of a handler.
func (p Partition) CurrentAttempt(ctx context.Context) Attempt {
	attempt, _ := ctx.Value(attemptKey{p}).(Attempt)
	return attempt
}

// Once wraps a handler so that it runs in a transaction that also completes the
// task in the context.
func Once[T any](db *database.DB, h func(context.Context, T) error) func(context.Context, T) error {
	return func(ctx context.Context, payload T) error {
		return db.InTx(ctx, func(ctx context.Context) error {
			if err := h(ctx, payload); err != nil {
				return err
			}
			complete, _ := ctx.Value(completionKey{}).(func(context.Context) error)
			if complete == nil {
				return nil // a test is calling the handler directly
			}
			return complete(ctx)
		})
	}
}

type completionKey struct{}

// withCompletion adds to the context how Once completes the task.
func (e *Engine) withCompletion(ctx context.Context, task Task) context.Context {
	return context.WithValue(ctx, completionKey{}, func(ctx context.Context) error {
		if e.options.DB.Tx(ctx) == nil {
			return fmt.Errorf("%s.Once: its transaction is on a different database than the %s", e.options.Partition, e.options.Partition)
		}
		return e.Complete(ctx, task)
	})
}
