// Package eventstest helps test features that publish or handle events.
//
// Pass a Recorder to a use case that publishes:
//
//	outbox := eventstest.NewRecorder()
//	publish := blog.NewPublishArticle(db, articles, rt, outbox, clock)
//	…
//	got := eventstest.Published(outbox, blog.ArticlePublishedEvent) // []blog.ArticlePublished
//
// Handlers are private to their feature. Deliver calls them through the manifest,
// as the application does:
//
//	err := eventstest.Deliver(t, feature.Manifest(), blog.ArticlePublishedEvent, blog.ArticlePublished{…})
//
// and DeliverAll delivers what a Recorder has recorded. Run starts a real
// Dispatcher on the test's database.
package eventstest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
)

// Recorder is an events.Outbox that delivers nothing and records events when they
// are committed.
type Recorder struct {
	mu        sync.Mutex
	messages  []events.Message
	delivered int // by DeliverAll
}

var _ events.Outbox = (*Recorder)(nil)

// NewRecorder creates an empty Recorder.
func NewRecorder() *Recorder { return &Recorder{} }

// Insert records a message when the transaction of the context is committed. It
// fails with events.ErrNoTransaction if there is none.
func (r *Recorder) Insert(ctx context.Context, message events.Message) error {
	if !database.InTransaction(ctx) {
		return events.ErrNoTransaction
	}
	database.AfterCommit(ctx, func(context.Context) {
		r.mu.Lock()
		defer r.mu.Unlock()
		message.ID = "event-" + strconv.Itoa(len(r.messages)+1)
		r.messages = append(r.messages, message)
	})
	return nil
}

// Messages returns everything that was published, in order.
func (r *Recorder) Messages() []events.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// Published returns the published payloads of one event, in order.
func Published[T any](r *Recorder, event events.Event[T]) []T {
	var published []T
	for _, message := range r.Messages() {
		if message.Event != event.Name() {
			continue
		}
		var payload T
		if err := json.Unmarshal(message.Payload, &payload); err != nil {
			panic(fmt.Sprintf("eventstest: a published %s cannot be decoded: %v", event.Name(), err))
		}
		published = append(published, payload)
	}
	return published
}
