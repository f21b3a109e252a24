// Package realtimetest provides helpers for testing realtime channels, as httptest
// does for HTTP.
//
// Pass a Recorder to a use case that broadcasts, and read the typed payloads back:
//
//	rec := realtimetest.NewRecorder()
//	publish := blog.NewPublishArticle(articles, tx, rec, outbox, clock)
//	…
//	feed := realtimetest.Broadcasts(rec, blog.ArticleFeedChannel) // []blog.ArticleFeed
//
// Send calls an unexported handler the way the application does, through the gates
// and the payload's validation:
//
//	err := realtimetest.Send(t, blog.New(deps).Manifest(), blog.ArticleReadingChannel,
//		blog.ArticleReading{ArticleID: id}, realtime.Caller{UserID: "u1", SessionID: "s1"})
//
// Dial opens a real connection to a running server, like a browser:
//
//	client := realtimetest.Dial(t, server.URL, http.Header{"Cookie": {cookie.String()}})
//	client.MustSubscribe("blog.article.feed")
//	…
//	received := realtimetest.Next(client, blog.ArticleFeedChannel)
package realtimetest

import (
	"context"
	"slices"
	"sync"

	"example.com/pergola/core/database"
	"example.com/pergola/core/realtime"
)

// Recorder is a Broadcaster that records messages. As in the application, a message
// that is broadcast in a transaction counts after the commit. It is also a Tracker,
// which allows every caller and removes none on its own.
type Recorder struct {
	mu       sync.Mutex
	messages []realtime.Message
	rechecks []string
	tracked  []realtime.Tracked
}

var (
	_ realtime.Broadcaster = (*Recorder)(nil)
	_ realtime.Tracker     = (*Recorder)(nil)
)

// NewRecorder creates an empty recorder.
func NewRecorder() *Recorder { return &Recorder{} }

// Broadcast records the message.
func (r *Recorder) Broadcast(ctx context.Context, message realtime.Message) error {
	database.AfterCommit(ctx, func(context.Context) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.messages = append(r.messages, message)
	})
	return nil
}

// Messages returns all messages so far, in order.
func (r *Recorder) Messages() []realtime.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// Broadcasts returns the payloads that were broadcast on a channel, or on one topic
// of it, in order.
func Broadcasts[T any](r *Recorder, from realtime.Source[T]) []T {
	var payloads []T
	for _, message := range r.Messages() {
		if payload, ok := message.Payload.(T); ok && from.Carries(message) {
			payloads = append(payloads, payload)
		}
	}
	return payloads
}

// Recheck records the topic.
func (r *Recorder) Recheck(ctx context.Context, topic string) {
	database.AfterCommit(ctx, func(context.Context) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.rechecks = append(r.rechecks, topic)
	})
}

// Rechecks returns the topics that were rechecked, in order.
func (r *Recorder) Rechecks() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.rechecks)
}

// Track records that the caller's socket is present on the topic.
func (r *Recorder) Track(_ context.Context, tracked realtime.Tracked) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, known := range r.tracked {
		if known.Topic == tracked.Topic && known.Caller.SocketID == tracked.Caller.SocketID {
			r.tracked[i] = tracked
			return nil
		}
	}
	r.tracked = append(r.tracked, tracked)
	return nil
}

// Untrack removes the caller's socket from the topic.
func (r *Recorder) Untrack(_ context.Context, topic string, caller realtime.Caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tracked = slices.DeleteFunc(r.tracked, func(known realtime.Tracked) bool {
		return known.Topic == topic && known.Caller.SocketID == caller.SocketID
	})
}

// Present returns who is present on the topic.
func (r *Recorder) Present(topic string) realtime.Attendance {
	r.mu.Lock()
	defer r.mu.Unlock()
	var here []realtime.Tracked
	for _, known := range r.tracked {
		if known.Topic == topic {
			here = append(here, known)
		}
	}
	return realtime.NewAttendance(here)
}
