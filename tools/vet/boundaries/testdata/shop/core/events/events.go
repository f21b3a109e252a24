package events

import "context"

type Outbox interface{ Insert(context.Context) error }

type Event[T any] struct{}

func Define[T any](name string) Event[T] { return Event[T]{} }

func (Event[T]) Publish(ctx context.Context, outbox Outbox, payload T) error { return nil }

type (
	Handler  struct{}
	Handlers []Handler
	Events   []any
)

func Handle[T any](event Event[T], name string, h func(context.Context, T) error) Handler {
	return Handler{}
}
