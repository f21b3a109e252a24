// Package events lets a feature announce that something has happened, without
// knowing which features react to it.
//
// # Publishing
//
// The publishing feature defines the event once, in its events.go:
//
//	// ArticlePublishedEvent is published once, when a draft becomes public.
//	// Rows carry this name: never change it.
//	var ArticlePublishedEvent = events.Define[ArticlePublished]("blog.article.published")
//
//	type ArticlePublished struct {
//		ID    string `json:"id" validate:"required"`
//		Title string `json:"title" validate:"required"`
//	}
//
// lists it in its manifest, in events.Events, and publishes it in the same
// transaction as the change it describes:
//
//	err := db.InTx(ctx, func(ctx context.Context) error {
//		if err := articles.Save(ctx, article); err != nil {
//			return err
//		}
//		return ArticlePublishedEvent.Publish(ctx, outbox, ArticlePublished{ID: article.ID, Title: article.Title})
//	})
//
// # Handling
//
// A feature that reacts imports the publisher's package and lists a handler in
// its manifest, in events.Handlers:
//
//	events.Handle(blog.ArticlePublishedEvent, "notifications.notify_readers", f.onArticlePublished)
//
//	func (f *Feature) onArticlePublished(ctx context.Context, event blog.ArticlePublished) error
//
// # Guarantees
//
// An event belongs to its transaction: it is delivered after the commit, and
// never if the transaction rolls back. Publishing outside a transaction is an
// error. Each handler of the event gets its own delivery, with its own
// attempts. A handler that returns an error or panics is retried after a pause
// that doubles from a second to an hour, and never delays another handler.
// After its last attempt (DefaultMaxAttempts, or MaxAttempts) the delivery is
// kept as failed, with payload, error, attempts and stack, until it is replayed.
//
// Delivery is at least once, so handlers must be idempotent. ID identifies the
// event for this, and Once makes a handler's database work effectively once.
//
// # Order
//
// Without OrderBy, events may be delivered in any order. With it, each handler
// receives the events of one key in the order in which they were committed: the
// next one only when the previous one has succeeded or failed permanently. While
// one waits for its next attempt, later events with its key wait too; other keys
// and other handlers continue. A replayed delivery goes to the end of its key.
//
// # Payloads
//
// A payload is a struct whose fields have json tags, because it is stored. Its
// validate tags are checked when it is published and when it is delivered. It
// may have up to 1 MiB as JSON. Stored payloads outlive the program that wrote
// them: on delivery, unknown fields are ignored and missing ones are zero, and
// the validate tags decide whether that is acceptable. Renaming a field loses
// its stored values; add a new one instead, without "required" until the last
// old delivery is done. A payload that can no longer be read fails immediately,
// without further attempts, and is kept.
//
// # Storage
//
// Features see an Outbox, which only inserts. The Dispatcher behind it stores
// events and deliveries in the application's database, delivers them, and lets
// administrators inspect, retry, cancel and replay them. All manifests are
// registered with it before the first event: invalid or duplicate names, and
// handlers of events that no feature lists, stop the program with one line each.
//
// Package eventstest provides a recording Outbox, delivers events to private
// handlers in tests, and starts a Dispatcher for a test.
package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/internal/descriptor"
	"example.com/pergola/core/observe"
)

// ErrNoTransaction is the error of publishing outside a transaction.
var ErrNoTransaction = errors.New("events must be published in a transaction, and the context has none")

// Event is the descriptor of an event whose payload is a T.
type Event[T any] struct {
	def *definition
	key func(T) string
}

// Option configures an event.
type Option[T any] func(*Event[T])

// OrderBy delivers events with the same key in order. The key is usually the id
// of the entity that the event is about. Payloads with the key "" have no order.
func OrderBy[T any](key func(T) string) Option[T] {
	return func(e *Event[T]) { e.key = key }
}

// Define creates an event. Its name consists of feature, noun and past-tense
// verb in lower case, as in "blog.article.published", and is stored: never
// change it. Mistakes in the name or in T are reported by Dispatcher.Register.
func Define[T any](name string, options ...Option[T]) Event[T] {
	e := Event[T]{def: &definition{name: name, payload: reflect.TypeFor[T]()}}
	for _, option := range options {
		option(&e)
	}
	return e
}

// Name returns the name of the event, "" if it was not created by Define.
func (e Event[T]) Name() string {
	if e.def == nil {
		return ""
	}
	return e.def.name
}

// Publish stores the event in the transaction of the context; it is delivered
// after the commit. It fails with ErrNoTransaction if there is none, if the
// payload violates its validate tags, cannot be encoded as JSON or exceeds
// 1 MiB, and with the outbox's error.
func (e Event[T]) Publish(ctx context.Context, outbox Outbox, payload T) error {
	if e.def == nil {
		return errors.New("publish: the event was not created by events.Define")
	}
	if !database.InTransaction(ctx) {
		return fmt.Errorf("publish %s: %w", e.def.name, ErrNoTransaction)
	}
	raw, err := descriptor.Encode(payload)
	if err != nil {
		return fmt.Errorf("publish %s: %w", e.def.name, err)
	}
	message := Message{Event: e.def.name, Payload: raw, Trace: observe.TraceParent(ctx)}
	if e.key != nil {
		message.Key = e.key(payload)
	}
	if err := outbox.Insert(ctx, message); err != nil {
		return fmt.Errorf("publish %s: %w", e.def.name, err)
	}
	return nil
}

func (e Event[T]) definition() *definition { return e.def }

// AnyEvent is an Event with any payload type.
type AnyEvent interface {
	Name() string
	definition() *definition
}

// Events lists the events that a feature publishes, in its manifest.
type Events []AnyEvent

// FeaturePart names the part.
func (Events) FeaturePart() string { return "events" }

// definition identifies an event: two descriptors are the same if they share it.
type definition struct {
	name    string
	payload reflect.Type
}

// Message is a published event without its type.
type Message struct {
	ID          string          // UUIDv7, set by the outbox
	Event       string          // the event's name
	Key         string          // of OrderBy; "" for none
	Payload     json.RawMessage // validated
	PublishedAt time.Time       // set by the outbox
	Trace       string          // the publisher's span (see observe.TraceParent); "" if none
}

// Outbox stores events to be delivered.
type Outbox interface {
	// Insert stores the message in the transaction of the context. It fails if
	// no feature lists the event, and before the manifests are registered. It
	// is called by Event.Publish only.
	Insert(ctx context.Context, message Message) error
}
