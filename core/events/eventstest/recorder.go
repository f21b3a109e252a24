// Package eventstest helps to test those who publish events and those who hear
// them.
//
// A use case that publishes is given a Recorder, and the test asks what was
// published, typed:
//
//	outbox := eventstest.NewRecorder()
//	publish := blog.NewPublishArticle(articles, mem, rt, outbox, clock)
//	…
//	got := eventstest.Published(outbox, blog.ArticlePublishedEvent) // []blog.ArticlePublished
//
// A handler is private to its feature. Deliver reaches it as the application
// does, through the manifest:
//
//	err := eventstest.Deliver(t, feature.Manifest(), blog.ArticlePublishedEvent, blog.ArticlePublished{…})
//
// TestDispatcher is the contract that every events.Dispatcher keeps.
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

// Recorder is an events.Outbox that delivers to nobody and remembers what was
// published: with the commit, and nothing of what was rolled back.
type Recorder struct {
	mu       sync.Mutex
	messages []events.Message
}

var _ events.Outbox = (*Recorder)(nil)

// NewRecorder makes a Recorder that has recorded nothing.
func NewRecorder() *Recorder { return &Recorder{} }

// Insert records a message when the transaction of the context is committed.
// As in every outbox there must be one.
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

// Messages is everything that was published, in order.
func (r *Recorder) Messages() []events.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// Published is what was published of one event, in order.
func Published[T any](r *Recorder, event events.Event[T]) []T {
	var published []T
	for _, message := range r.Messages() {
		if message.Event != event.Name() {
			continue
		}
		var payload T
		if err := json.Unmarshal(message.Payload, &payload); err != nil {
			panic(fmt.Sprintf("eventstest: a published %s does not decode: %v", event.Name(), err))
		}
		published = append(published, payload)
	}
	return published
}
