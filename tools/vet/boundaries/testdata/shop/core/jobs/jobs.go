package jobs

import "context"

type Queue interface{ Insert(context.Context) error }

type Job[T any] struct{}

func Define[T any](name string) Job[T] { return Job[T]{} }

func (Job[T]) Enqueue(ctx context.Context, queue Queue, payload T) error { return nil }

type (
	Handler  struct{}
	Handlers []Handler
	Jobs     []any
)

func Handle[T any](job Job[T], h func(context.Context, T) error) Handler { return Handler{} }
