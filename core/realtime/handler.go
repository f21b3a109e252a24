package realtime

import (
	"context"
)

// Handler hears what browsers send on one channel. Make it with Handle.
type Handler struct {
	def    *definition
	handle func(ctx context.Context, payload any, caller Caller) error
}

// Handlers are the inbound handlers of a feature, a part of its manifest.
type Handlers []Handler

// FeaturePart names the part.
func (Handlers) FeaturePart() string { return "realtime handlers" }

// Handle lets h hear what browsers send on the channel. It is called when the
// sender has cleared the channel's scope and the payload its rules, for one
// message of a socket after the other and with a context that ends when the
// socket does.
//
// A nil error is acknowledged with ok; a fault with its code and message; any
// other error, and a panic, is reported and acknowledged as "internal".
//
// A channel without a handler cannot be spoken on.
func Handle[T any](d Descriptor[T], h func(context.Context, T, Caller) error) Handler {
	handler := Handler{def: d.definition()}
	if h != nil {
		handler.handle = func(ctx context.Context, payload any, caller Caller) error {
			return h(ctx, *payload.(*T), caller)
		}
	}
	return handler
}

// Authorizer decides who may hear and speak on a keyed channel. Make it with
// Authorize.
type Authorizer struct {
	def   *definition
	allow func(context.Context, Caller) error
}

// Authorizers are the authorizers of a feature, a part of its manifest.
type Authorizers []Authorizer

// FeaturePart names the part.
func (Authorizers) FeaturePart() string { return "realtime authorizers" }

// Authorize makes allow decide who may hear and speak on the topics of a keyed
// channel; Caller.Param has the topic's values. A nil error allows. It is asked
// at every subscription and every message, and again for the live sockets of a
// user whose roles change.
func Authorize[T any](channel KeyedChannel[T], allow func(context.Context, Caller) error) Authorizer {
	return Authorizer{def: channel.definition(), allow: allow}
}
