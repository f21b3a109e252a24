package realtime

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Channels are the channels of a feature, a part of its manifest. Each is
// listed once, with everything that the feature attaches to it:
//
//	realtime.Channels{
//		ArticleFeedChannel,
//		ArticleReadersChannel.Authorize(f.mayRead).Presence(ArticleReadersPresence),
//		ArticleReadingChannel.Handle(f.onArticleReading),
//	}
type Channels []AnyChannel

// FeaturePart names the part.
func (Channels) FeaturePart() string { return "realtime channels" }

// AnyChannel is a channel of any kind and type, by itself or as an Entry.
type AnyChannel interface {
	Spec() Spec
	entry() entry
}

// Entry is a channel as a manifest lists it, with what is attached to it. Create it
// with the methods Authorize, Handle and Presence of a channel; each returns an
// Entry, so that calls can be chained.
type Entry[T any] struct{ listed entry }

// Handle attaches the handler of the messages that browsers send on the
// channel. It is called after the sender has passed the channel's scope and
// authorizer and the payload its validation, for one message of a socket at a
// time, with a context that is canceled when the socket closes.
//
// A nil error is acknowledged with ok, a fault with its code and message. Any
// other error, and a panic, is reported and acknowledged as "internal".
//
// Browsers cannot send on a channel without a handler.
func (e Entry[T]) Handle(h func(context.Context, T, Caller) error) Entry[T] {
	return Entry[T]{e.listed.withHandler(handlerOf(h), h == nil)}
}

// Presence attaches a presence, whose state the channel carries.
func (e Entry[T]) Presence(p PresenceOf[T]) Entry[T] { return Entry[T]{withPresence(e.listed, p)} }

// Spec describes the channel.
func (e Entry[T]) Spec() Spec { return e.listed.def.orEmpty().spec }

func (e Entry[T]) entry() entry { return e.listed }

// Handle attaches a handler: see Entry.Handle.
func (c Channel[T]) Handle(h func(context.Context, T, Caller) error) Entry[T] {
	return Entry[T]{c.entry()}.Handle(h)
}

// Presence attaches a presence: see Entry.Presence.
func (c Channel[T]) Presence(p PresenceOf[T]) Entry[T] { return Entry[T]{c.entry()}.Presence(p) }

// Handle attaches a handler: see Entry.Handle.
func (c UserChannel[T]) Handle(h func(context.Context, T, Caller) error) Entry[T] {
	return Entry[T]{c.entry()}.Handle(h)
}

// Authorize attaches the authorizer, which decides who may subscribe to the
// channel's topics and send on them; Caller.Param has the topic's values. A nil
// error allows. It is called for every subscription and every message, and
// again for the open sockets of a user whose roles change. Every keyed channel
// needs one.
func (c KeyedChannel[T]) Authorize(allow func(context.Context, Caller) error) Entry[T] {
	e := c.entry()
	e.authorize = allow
	if allow == nil {
		e.err = errors.New("Authorize(nil)")
	}
	return Entry[T]{e}
}

func (c Channel[T]) entry() entry      { return entry{def: c.definition()} }
func (c UserChannel[T]) entry() entry  { return entry{def: c.definition()} }
func (c KeyedChannel[T]) entry() entry { return entry{def: c.definition()} }

// entry is an Entry without its type. A mistake is kept until the application
// starts, when the error can name the feature.
type entry struct {
	def       *definition
	handle    handleFunc
	authorize func(context.Context, Caller) error
	presence  *presence
	poll      *poller
	err       error
}

type handleFunc func(ctx context.Context, payload any, caller Caller) error

func handlerOf[T any](h func(context.Context, T, Caller) error) handleFunc {
	return func(ctx context.Context, payload any, caller Caller) error {
		return h(ctx, *payload.(*T), caller)
	}
}

func (e entry) withHandler(h handleFunc, isNil bool) entry {
	switch {
	case isNil:
		e.err = errors.New("Handle(nil)")
	case e.handle != nil:
		e.err = errors.New("two handlers")
	}
	e.handle = h
	return e
}

func withPresence[T any](e entry, p PresenceOf[T]) entry {
	if p == nil {
		e.err = errors.New("Presence(nil)")
		return e
	}
	added := p.presence()
	switch {
	case added.err != nil:
		e.err = added.err
	case added.channel != e.def:
		e.err = fmt.Errorf("its presence was defined for channel %q", added.channel.spec.Name)
	case e.presence != nil:
		e.err = errors.New("two presences")
	}
	e.presence = added
	return e
}

// Poll attaches a function that checks for changes without a notification, such as
// those of rows that other processes write. It is called once per interval
// while the channel has a subscriber in this process. It gets the revision that
// its last call returned, "" at first, and broadcasts if there is a newer one.
// Each call has ten seconds. Of consecutive errors only the first is reported.
func (c Channel[T]) Poll(every time.Duration, poll func(ctx context.Context, since string) (revision string, err error)) Entry[T] {
	e := c.entry()
	if poll == nil || every <= 0 {
		e.err = errors.New("Poll without a function or an interval")
	}
	e.poll = &poller{topic: e.def.spec.Name, every: every, poll: poll}
	return Entry[T]{e}
}

type poller struct {
	topic   string
	every   time.Duration
	poll    func(ctx context.Context, since string) (revision string, err error)
	running atomic.Bool
}
