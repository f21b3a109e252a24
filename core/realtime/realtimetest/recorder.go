// Package realtimetest tests what is said and heard over realtime channels.
package realtimetest

import (
	"context"
	"sync"

	"example.com/pergola/core/realtime"
)

// Recorder is a Broadcaster that remembers.
type Recorder struct {
	mu       sync.Mutex
	messages []realtime.Message
}

// NewRecorder makes a recorder that has heard nothing.
func NewRecorder() *Recorder { return &Recorder{} }

// Broadcast remembers the message.
func (r *Recorder) Broadcast(_ context.Context, message realtime.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, message)
	return nil
}

// Messages are all messages so far, in their order.
func (r *Recorder) Messages() []realtime.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]realtime.Message(nil), r.messages...)
}

// Broadcasts are the payloads that went out on a channel, or on one topic of
// it, in their order.
func Broadcasts[T any](r *Recorder, from realtime.Source[T]) []T {
	var payloads []T
	for _, message := range r.Messages() {
		if from.Carries(message) {
			payloads = append(payloads, message.Payload.(T))
		}
	}
	return payloads
}
