package realtime

import "context"

type Broadcaster interface{ Broadcast(context.Context) error }

type Caller struct{ UserID string }

type Channel[T any] struct{}

func (Channel[T]) Broadcast(ctx context.Context, rt Broadcaster, payload T) error { return nil }

func DefineChannel[T any](name string) Channel[T]      { return Channel[T]{} }
func DefineUserChannel[T any](name string) Channel[T]  { return Channel[T]{} }
func DefineKeyedChannel[T any](name string) Channel[T] { return Channel[T]{} }

type (
	Handler     struct{}
	Handlers    []Handler
	Authorizer  struct{}
	Authorizers []Authorizer
)

func Handle[T any](channel Channel[T], h func(context.Context, T, Caller) error) Handler {
	return Handler{}
}

func Authorize[T any](channel Channel[T], h func(context.Context, Caller) error) Authorizer {
	return Authorizer{}
}
