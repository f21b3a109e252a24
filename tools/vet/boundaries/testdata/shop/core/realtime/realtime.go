package realtime

import "context"

type Broadcaster interface{ Broadcast(context.Context) error }

type Caller struct{ UserID string }

type (
	Channel[T any]      struct{}
	KeyedChannel[T any] struct{}
	Entry[T any]        struct{}
	Channels            []any
)

func DefineChannel[T any](name string) Channel[T]           { return Channel[T]{} }
func DefineUserChannel[T any](name string) Channel[T]       { return Channel[T]{} }
func DefineKeyedChannel[T any](name string) KeyedChannel[T] { return KeyedChannel[T]{} }

func (Channel[T]) Broadcast(ctx context.Context, rt Broadcaster, payload T) error { return nil }

func (Channel[T]) Handle(h func(context.Context, T, Caller) error) Entry[T] { return Entry[T]{} }

func (KeyedChannel[T]) Authorize(h func(context.Context, Caller) error) Entry[T] { return Entry[T]{} }

func (Entry[T]) Handle(h func(context.Context, T, Caller) error) Entry[T] { return Entry[T]{} }
