// Package events lets one feature tell others what has happened, without
// knowing who listens.
//
// # Say it
//
// The speaking feature names the event once, in its events.go:
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
// lists it in its manifest, as one of events.Events, and publishes it in the
// transaction that makes it true:
//
//	err := tx.InTx(ctx, func(ctx context.Context) error {
//		if err := articles.Save(ctx, article); err != nil {
//			return err
//		}
//		return ArticlePublishedEvent.Publish(ctx, outbox, ArticlePublished{ID: article.ID, Title: article.Title})
//	})
//
// # Hear it
//
// A listening feature imports the speaker and lists a handler in its manifest,
// as one of events.Handlers:
//
//	events.Handle(blog.ArticlePublishedEvent, "notifications.notify_readers", f.onArticlePublished)
//
//	func (f *Feature) onArticlePublished(ctx context.Context, event blog.ArticlePublished) error
//
// # What is promised
//
// An event belongs to its transaction: it is delivered after the commit and
// never if the transaction rolls back. Publishing outside a transaction is an
// error. With the commit each handler of the event gets a delivery of its own,
// with its own attempts; a handler that fails or panics is tried again after a
// pause that doubles from a second to an hour, and never holds up another.
// After its last attempt (DefaultMaxAttempts unless MaxAttempts says otherwise)
// the delivery stays in the list of failures, with payload, error, attempts and
// stack, until it is replayed.
//
// Delivery is at least once: a handler must come to the same end when it sees
// an event again. ID names the event for this, and Once does it for work in the
// database.
//
// # Order
//
// Without OrderBy no order is promised. With it, each handler sees the events
// of one key in the order in which they were published: the next one only when
// the one before has succeeded or has used up its attempts and is listed as
// failed. While one waits for its next attempt, the later events of its key
// wait too; all other keys and all other handlers go on. A replayed delivery
// comes after those that have overtaken it.
//
// # Payloads
//
// A payload is a struct whose fields carry json tags, because it is stored. It
// is validated by its validate tags when it is published and when it is
// delivered, and has at most 1 MiB as JSON. Stored payloads outlive the program
// that wrote them: on delivery, unknown fields are passed over and missing ones
// are zero, and the validate tags decide whether that will do. To rename a field
// is to lose its stored values; add a new one instead, without "required" until
// the last old delivery is done. A payload that cannot be read any more fails at
// once, without further attempts, and is kept.
//
// # Where it runs
//
// Features see an Outbox, which only inserts. Behind it stands a Dispatcher:
// Postgres keeps events and deliveries in the application's database, Memory
// works inside the process for development without one. A Dispatcher is sealed
// with all manifests before the first event, which is when wrong names, doubles
// and handlers of events that nobody lists stop the program with one line each.
//
// # Looking at it
//
// Every Dispatcher is an Inspector: it lists what was published with what became
// of it in each handler, and hurries, cancels and replays deliveries. Pages for
// administrators stand on it.
//
// Package eventstest has the recorder for tests of those who publish, a way to
// reach private handlers, and the tests that every Dispatcher must pass.
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
var ErrNoTransaction = errors.New("an event is published in the transaction that makes it true, and there is none")

// Event is the descriptor of an event whose payload is a T.
type Event[T any] struct {
	def *definition
	key func(T) string
}

// Option says how an event behaves.
type Option[T any] func(*Event[T])

// OrderBy asks for order among the events with the same key, such as the id of
// what they are about. The payloads whose key is "" have no order.
func OrderBy[T any](key func(T) string) Option[T] {
	return func(e *Event[T]) { e.key = key }
}

// Define names an event: feature, noun and what was done to it, in lower case,
// as in "blog.article.published". The name is stored: never change it. What is
// wrong with it or with T is told when the application is sealed.
func Define[T any](name string, options ...Option[T]) Event[T] {
	e := Event[T]{def: &definition{name: name, payload: reflect.TypeFor[T]()}}
	for _, option := range options {
		option(&e)
	}
	return e
}

// Name is the name of the event, "" if it was not made by Define.
func (e Event[T]) Name() string {
	if e.def == nil {
		return ""
	}
	return e.def.name
}

// Publish tells of the event, if and when the transaction in the context is
// committed. It fails with ErrNoTransaction when there is none, with the
// payload's fault when that breaks its validate tags, cannot be written as JSON
// or is larger than 1 MiB, and with the outbox's error.
func (e Event[T]) Publish(ctx context.Context, outbox Outbox, payload T) error {
	if e.def == nil {
		return errors.New("publish: the event was not made by events.Define")
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

// AnyEvent is an Event of any payload.
type AnyEvent interface {
	Name() string
	definition() *definition
}

// Events are the events that a feature publishes: a part of its manifest.
type Events []AnyEvent

// FeaturePart names the part.
func (Events) FeaturePart() string { return "events" }

// definition is what makes two descriptors the same.
type definition struct {
	name    string
	payload reflect.Type
}

// Message is a published event on its way, without its type.
type Message struct {
	ID          string          // UUIDv7, given by the outbox
	Event       string          // the event's name
	Key         string          // OrderBy's; "" for no order
	Payload     json.RawMessage // validated
	PublishedAt time.Time       // given by the outbox
	Trace       string          // the publisher's span (see observe.TraceParent); "" if none
}

// Outbox is where events are published to. It only inserts: the handlers are
// known to what stands behind it.
type Outbox interface {
	// Insert takes the message in with the transaction of the context. It
	// fails if the event is listed by no feature, and if nothing can be
	// published yet or any more. Event.Publish calls it; nobody else does.
	Insert(ctx context.Context, message Message) error
}
