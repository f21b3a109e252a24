package events

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/internal/durable"
)

// Defaults of a handler.
const (
	DefaultMaxAttempts = 12              // the last about half an hour after the first
	DefaultTimeout     = 1 * time.Minute // of one attempt
)

// Handler reacts to one event. Create it with Handle.
type Handler struct {
	name        string
	event       *definition
	maxAttempts int
	timeout     time.Duration
	handle      func(ctx context.Context, payload json.RawMessage) error
}

// HandlerOption configures a handler.
type HandlerOption func(*Handler)

// MaxAttempts is the maximum number of attempts, including the first, before a
// delivery fails permanently.
func MaxAttempts(n int) HandlerOption { return func(h *Handler) { h.maxAttempts = n } }

// Timeout is the maximum duration of one attempt; its context ends after it.
func Timeout(d time.Duration) HandlerOption { return func(h *Handler) { h.timeout = d } }

// Handle creates a handler for an event. Its name begins with the name of the
// handling feature and describes what the handler does, as in
// "notifications.notify_readers". It is stored: never change it.
//
// The context of h ends with the timeout of the attempt or with the program. It
// carries neither the user nor the transaction of the publisher. If h returns an
// error or panics, it is called again later, unless GiveUp wraps the error.
func Handle[T any](event Event[T], name string, h func(context.Context, T) error, options ...HandlerOption) Handler {
	handler := Handler{
		name: name, event: event.def, maxAttempts: DefaultMaxAttempts, timeout: DefaultTimeout, handle: durable.Handler(h),
	}
	for _, option := range options {
		option(&handler)
	}
	return handler
}

// GiveUp marks an error that a retry cannot fix: the delivery fails immediately.
// GiveUp(nil) is nil.
func GiveUp(err error) error { return durable.GiveUp(err) }

// Once makes the database work of a handler effectively once: h runs in a
// transaction that also marks the delivery as done, so that both are stored or
// neither is. If two attempts overlap, because a live process appeared to be
// dead, one of them is rolled back.
//
//	events.Handle(blog.ArticlePublishedEvent, "notifications.notify_readers", events.Once(db, f.onArticlePublished))
//
// This covers what h writes to db, and the events and jobs that it publishes and
// enqueues there. An email that h sends itself may be sent more than once.
func Once[T any](db *database.DB, h func(context.Context, T) error) func(context.Context, T) error {
	return durable.Once(db, h)
}

// Name returns the name of the handler.
func (h Handler) Name() string { return h.name }

// Event returns the name of the handled event, "" if that was not created by Define.
func (h Handler) Event() string {
	if h.event == nil {
		return ""
	}
	return h.event.name
}

// Descriptor returns the handled event, as a manifest lists it.
func (h Handler) Descriptor() AnyEvent { return untyped{h.event} }

// untyped is an event without the type of its payload.
type untyped struct{ def *definition }

func (u untyped) Name() string            { return u.def.name }
func (u untyped) definition() *definition { return u.def }

// Deliver makes one attempt: it decodes and validates the payload and calls the
// handler in a span. A panic is returned as an error. It is called by the
// Dispatcher and by eventstest.
func (h Handler) Deliver(ctx context.Context, message Message, attempt int) error {
	call := durable.Attempt{Partition: durable.Events, ID: message.ID, Number: attempt, Name: h.name, Trace: message.Trace}
	err := call.Run(ctx, func(ctx context.Context) error { return h.handle(ctx, message.Payload) })
	if err != nil {
		return fmt.Errorf("handle %s: %w", message.Event, err)
	}
	return nil
}

// Handlers lists the event handlers of a feature, in its manifest.
type Handlers []Handler

// FeaturePart names the part.
func (Handlers) FeaturePart() string { return "event handlers" }

// ID returns the id of the event that is being handled. It is the same in every
// attempt and for every handler, so it can be used to detect repetitions. It is
// "" outside of a handler.
func ID(ctx context.Context) string { return durable.Events.CurrentAttempt(ctx).ID }

// Attempt returns the number of the current attempt, from 1. It is 0 outside of
// a handler.
func Attempt(ctx context.Context) int { return durable.Events.CurrentAttempt(ctx).Number }
