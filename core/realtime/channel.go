package realtime

import (
	"context"
	"fmt"
)

// Source is a channel, or one topic of it, whose messages carry a T.
type Source[T any] interface {
	// Carries reports whether the message was sent here.
	Carries(Message) bool
	payload(T)
}

// Channel is a channel with one topic. Create it with DefineChannel.
type Channel[T any] struct{ def *definition }

// DefineChannel names a channel with one topic, "blog.article.feed". The name
// begins with the feature's name and has two or more parts in lower case.
// Without a scope it is Authenticated.
//
// NewServer reports a mistake in a definition when the application starts.
func DefineChannel[T any](name string, scope ...Scope) Channel[T] {
	return Channel[T]{define[T](KindChannel, name, scope)}
}

// Spec describes the channel.
func (c Channel[T]) Spec() Spec { return c.definition().spec }

// Carries reports whether the message was sent on this channel.
func (c Channel[T]) Carries(m Message) bool { return c.def != nil && m.Channel == c.def.spec.Name }

// Broadcast sends the payload to all subscribers of the channel: after the commit
// if ctx carries a transaction (never if it rolls back), otherwise immediately. It
// fails with ErrInvalidPayload if the payload is invalid.
func (c Channel[T]) Broadcast(ctx context.Context, rt Broadcaster, payload T) error {
	def := c.definition()
	return broadcast(ctx, rt, def, def.spec.Name, payload)
}

func (c Channel[T]) definition() *definition { return c.def.orEmpty() }
func (Channel[T]) payload(T)                 {}

// UserChannel is a channel with a topic for each user, to which only that user can
// subscribe. Create it with DefineUserChannel.
type UserChannel[T any] struct{ def *definition }

// DefineUserChannel names a channel with a topic for each user. Its template
// has {userId} as one of its parts and no other parameter:
// "notifications.user.{userId}".
func DefineUserChannel[T any](template string) UserChannel[T] {
	return UserChannel[T]{define[T](KindUser, template, nil)}
}

// Spec describes the channel.
func (c UserChannel[T]) Spec() Spec { return c.definition().spec }

// Carries reports whether the message was sent to any user of this channel.
func (c UserChannel[T]) Carries(m Message) bool {
	return c.def != nil && m.Channel == c.def.spec.Name
}

// For returns the topic of one user.
func (c UserChannel[T]) For(userID string) Topic[T] { return topicFor[T](c.definition(), userID) }

func (c UserChannel[T]) definition() *definition { return c.def.orEmpty() }
func (UserChannel[T]) payload(T)                 {}

// KeyedChannel is a channel with a topic for each value of its parameters.
// Create it with DefineKeyedChannel and give it an authorizer with Authorize.
type KeyedChannel[T any] struct{ def *definition }

// DefineKeyedChannel names a channel with a topic for each value of its
// parameters, "blog.article.{articleId}.readers". Its authorizer, which the
// manifest must attach with Authorize, decides who may subscribe. It is called
// only for callers within the scope, which is Authenticated by default: a channel
// for visitors needs Public.
func DefineKeyedChannel[T any](template string, scope ...Scope) KeyedChannel[T] {
	return KeyedChannel[T]{define[T](KindKeyed, template, scope)}
}

// Spec describes the channel.
func (c KeyedChannel[T]) Spec() Spec { return c.definition().spec }

// Carries reports whether the message was sent on any topic of this channel.
func (c KeyedChannel[T]) Carries(m Message) bool {
	return c.def != nil && m.Channel == c.def.spec.Name
}

// For returns the topic with these values, in the order of the template's
// parameters. With invalid values (too few, empty, with dots or spaces) the
// topic's Broadcast fails.
func (c KeyedChannel[T]) For(values ...string) Topic[T] {
	return topicFor[T](c.definition(), values...)
}

func (c KeyedChannel[T]) definition() *definition { return c.def.orEmpty() }
func (KeyedChannel[T]) payload(T)                 {}

// Topic is one topic of a user or keyed channel. Create it with For.
type Topic[T any] struct {
	def  *definition
	name string
	err  error
}

// Name returns the topic as it is on the wire, "notifications.user.0190", or "" if
// it was created with invalid values.
func (t Topic[T]) Name() string { return t.name }

// Carries reports whether the message was sent on this topic.
func (t Topic[T]) Carries(m Message) bool { return t.name != "" && m.Topic == t.name }

// Broadcast sends the payload to all subscribers of the topic: after the commit if
// ctx carries a transaction (never if it rolls back), otherwise immediately. It
// fails with ErrInvalidPayload if the payload is invalid, and if the topic was created
// with invalid values.
func (t Topic[T]) Broadcast(ctx context.Context, rt Broadcaster, payload T) error {
	if t.err != nil {
		return t.err
	}
	return broadcast(ctx, rt, t.def.orEmpty(), t.name, payload)
}

// Recheck calls the authorizer again for everyone who is subscribed to the topic
// or present there, and removes those whom it no longer allows. Call it in the use
// case that changes the data the authorizer depends on. It runs after the commit
// if ctx carries a transaction (never if it rolls back), and does not wait for the
// authorizer.
func (t Topic[T]) Recheck(ctx context.Context, rt Broadcaster) {
	if t.err == nil {
		rt.Recheck(ctx, t.name)
	}
}

func (Topic[T]) payload(T) {}

func topicFor[T any](def *definition, values ...string) Topic[T] {
	if def.err != nil {
		return Topic[T]{def: def, err: fmt.Errorf("channel %q: %w", def.spec.Name, def.err)}
	}
	name, err := def.template.topic(values)
	if err != nil {
		err = fmt.Errorf("topic of channel %q: %w", def.spec.Name, err)
	}
	return Topic[T]{def: def, name: name, err: err}
}

func broadcast(ctx context.Context, rt Broadcaster, def *definition, topic string, payload any) error {
	data, err := def.encode(payload)
	if err != nil {
		return fmt.Errorf("broadcast on %s: %w", topic, err)
	}
	return rt.Broadcast(ctx, Message{Channel: def.spec.Name, Topic: topic, Payload: payload, JSON: data})
}
