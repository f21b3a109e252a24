// Package mailtest helps test features that send email.
//
// Pass a Recorder to a use case that sends email:
//
//	outgoing := mailtest.NewRecorder()
//	…
//	messages := outgoing.SentTo("ada@example.com") // []mail.Message
package mailtest

import (
	"context"
	"slices"
	"sync"

	"example.com/pergola/core/database"
	"example.com/pergola/core/mail"
)

// Recorder is a mail.Sender that sends nothing and records messages: when they are
// committed, if there is a transaction. It rejects invalid messages.
type Recorder struct {
	mu       sync.Mutex
	messages []mail.Message
	failure  error
}

var _ mail.Sender = (*Recorder)(nil)

// NewRecorder creates an empty Recorder.
func NewRecorder() *Recorder { return &Recorder{} }

// Send records the message when the transaction of the context is committed, or at
// once if there is none. It fails with the error of mail.Message.Check or of Fail.
func (r *Recorder) Send(ctx context.Context, message mail.Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	if err := r.currentFailure(); err != nil {
		return err
	}
	database.AfterCommit(ctx, func(context.Context) { r.record(message) })
	return nil
}

func (r *Recorder) currentFailure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failure
}

func (r *Recorder) record(message mail.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, message)
}

// Fail makes Send fail with err from now on, or succeed again if err is nil.
func (r *Recorder) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure = err
}

// Sent returns all messages, in order.
func (r *Recorder) Sent() []mail.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// SentTo returns the messages to one address, in order.
func (r *Recorder) SentTo(address string) []mail.Message {
	var sent []mail.Message
	for _, message := range r.Sent() {
		if message.To == address {
			sent = append(sent, message)
		}
	}
	return sent
}
