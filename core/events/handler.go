package events

import (
	"context"
	"fmt"
	"time"

	"example.com/pergola/core/internal/descriptor"
	"example.com/pergola/core/internal/work"
	"example.com/pergola/core/observe"
)

// What a handler gets unless it says otherwise.
const (
	DefaultMaxAttempts = 12              // the last about half an hour after the first
	DefaultTimeout     = 1 * time.Minute // of one attempt
)

// Handler hears one event. Make it with Handle.
type Handler struct {
	name        string
	event       *definition
	maxAttempts int
	timeout     time.Duration
	deliver     func(ctx context.Context, message Message) error
}

// HandlerOption says how a handler is tried.
type HandlerOption func(*Handler)

// MaxAttempts is how often a delivery is tried before it is listed as failed,
// the first time included.
func MaxAttempts(n int) HandlerOption { return func(h *Handler) { h.maxAttempts = n } }

// Timeout is how long one attempt may take before its context ends.
func Timeout(d time.Duration) HandlerOption { return func(h *Handler) { h.timeout = d } }

// Handle makes a handler of an event. The name begins with that of the feature
// that hears, and says what it does: "notifications.notify_readers". It is
// stored: never change it.
//
// The context that h gets ends with the timeout of the attempt or with the
// program; it carries neither the user nor the transaction of the publisher.
// An error or a panic makes another attempt, unless GiveUp wraps the error.
func Handle[T any](event Event[T], name string, h func(context.Context, T) error, options ...HandlerOption) Handler {
	handler := Handler{name: name, event: event.def, maxAttempts: DefaultMaxAttempts, timeout: DefaultTimeout}
	for _, option := range options {
		option(&handler)
	}
	handler.deliver = func(ctx context.Context, message Message) error {
		var payload T
		if err := descriptor.Decode(message.Payload, &payload); err != nil {
			return GiveUp(err)
		}
		return h(ctx, payload)
	}
	return handler
}

// GiveUp marks an error after which another attempt would be in vain: the
// delivery is listed as failed at once. GiveUp(nil) is nil.
func GiveUp(err error) error { return work.GiveUp(err) }

// Name is the name of the handler.
func (h Handler) Name() string { return h.name }

// Event is the name of the event that the handler hears, "" if that was not
// made by Define.
func (h Handler) Event() string {
	if h.event == nil {
		return ""
	}
	return h.event.name
}

// Hears is the event that the handler hears, as a manifest lists it.
func (h Handler) Hears() AnyEvent { return heard{h.event} }

// heard is an event without the type of its payload.
type heard struct{ def *definition }

func (h heard) Name() string            { return h.def.name }
func (h heard) definition() *definition { return h.def }

// Deliver makes one attempt: it reads the payload, validates it and calls the
// handler in a span of its own. A panic comes back as an error. It is called by
// what dispatches events, and by eventstest.
func (h Handler) Deliver(ctx context.Context, message Message, attempt int) error {
	ctx = withDelivery(observe.WithTraceParent(ctx, message.Trace), delivery{id: message.ID, attempt: attempt})
	err := observe.Run(ctx, observe.LayerEvent, h.name, func(ctx context.Context) error {
		return h.deliver(ctx, message)
	})
	if err != nil {
		return fmt.Errorf("handle %s: %w", message.Event, err)
	}
	return nil
}

// Handlers are what a feature hears: a part of its manifest.
type Handlers []Handler

// FeaturePart names the part.
func (Handlers) FeaturePart() string { return "event handlers" }

type delivery struct {
	id      string
	attempt int
}

type deliveryKey struct{}

func withDelivery(ctx context.Context, d delivery) context.Context {
	return context.WithValue(ctx, deliveryKey{}, d)
}

// ID is the id of the event that is being handled: the same in every attempt
// and for every handler, so that it can tell whether something was done
// before. It is "" outside of a handler.
func ID(ctx context.Context) string {
	d, _ := ctx.Value(deliveryKey{}).(delivery)
	return d.id
}

// Attempt counts the attempts of this delivery, from 1. It is 0 outside of a
// handler.
func Attempt(ctx context.Context) int {
	d, _ := ctx.Value(deliveryKey{}).(delivery)
	return d.attempt
}
