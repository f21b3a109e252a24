// Package realtimetest tests what is said and heard over realtime channels, as
// httptest does for HTTP.
//
// A use case that broadcasts is given a recorder, which reads back typed:
//
//	rec := realtimetest.NewRecorder()
//	publish := blog.NewPublishArticle(articles, tx, rec, outbox, clock)
//	…
//	feed := realtimetest.Broadcasts(rec, blog.ArticleFeedChannel) // []blog.ArticleFeed
//
// A private handler is reached as the application reaches it, through the
// gates and the payload's rules:
//
//	err := realtimetest.Send(t, blog.New(deps).Manifest(), blog.ArticleReadingChannel,
//		blog.ArticleReading{ArticleID: id}, realtime.Caller{UserID: "u1", SessionID: "s1"})
//
// And Dial is a browser on a real connection to a running server:
//
//	client := realtimetest.Dial(t, server.URL, http.Header{"Cookie": {cookie.String()}})
//	client.MustSubscribe("blog.article.feed")
//	…
//	heard := realtimetest.Next(client, blog.ArticleFeedChannel)
package realtimetest

import (
	"context"
	"slices"
	"sync"

	"example.com/pergola/core/database"
	"example.com/pergola/core/realtime"
)

// Recorder is a Broadcaster that remembers what was said. As in the
// application, what is said in a transaction counts when that has committed. It
// is a Tracker, too, that lets every caller be everywhere and never leave.
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

// NewRecorder makes a recorder that has heard nothing.
func NewRecorder() *Recorder { return &Recorder{} }

// Broadcast remembers the message.
func (r *Recorder) Broadcast(ctx context.Context, message realtime.Message) error {
	database.AfterCommit(ctx, func(context.Context) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.messages = append(r.messages, message)
	})
	return nil
}

// Messages are all messages so far, in their order.
func (r *Recorder) Messages() []realtime.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// Broadcasts are the payloads that went out on a channel, or on one topic of
// it, in their order.
func Broadcasts[T any](r *Recorder, from realtime.Source[T]) []T {
	var payloads []T
	for _, message := range r.Messages() {
		if payload, ok := message.Payload.(T); ok && from.Carries(message) {
			payloads = append(payloads, payload)
		}
	}
	return payloads
}

// Recheck remembers the topic.
func (r *Recorder) Recheck(ctx context.Context, topic string) {
	database.AfterCommit(ctx, func(context.Context) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.rechecks = append(r.rechecks, topic)
	})
}

// Rechecks are the topics whose authorizers were to be asked again.
func (r *Recorder) Rechecks() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.rechecks)
}

// Track remembers that the caller's socket is at the place.
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

// Untrack forgets it.
func (r *Recorder) Untrack(_ context.Context, topic string, caller realtime.Caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tracked = slices.DeleteFunc(r.tracked, func(known realtime.Tracked) bool {
		return known.Topic == topic && known.Caller.SocketID == caller.SocketID
	})
}

// Present is who is at the place.
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
