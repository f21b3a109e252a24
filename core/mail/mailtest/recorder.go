// Package mailtest helps to test those who send mail.
//
// A use case is given a Recorder, and the test reads what it would have sent:
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

// Recorder is a mail.Sender that carries nothing anywhere. It remembers what
// was sent: with the commit if there is a transaction, and nothing of what was
// rolled back. It refuses what every Sender refuses.
type Recorder struct {
	mu       sync.Mutex
	messages []mail.Message
	failure  error
}

var _ mail.Sender = (*Recorder)(nil)

// NewRecorder makes a Recorder that has recorded nothing.
func NewRecorder() *Recorder { return &Recorder{} }

// Send records the message when the transaction of the context is committed,
// or at once if there is none. It fails with the error of Fail, if any, and
// with that of mail.Message.Check.
func (r *Recorder) Send(ctx context.Context, message mail.Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	if err := r.failing(); err != nil {
		return err
	}
	database.AfterCommit(ctx, func(context.Context) { r.record(message) })
	return nil
}

func (r *Recorder) failing() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failure
}

func (r *Recorder) record(message mail.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, message)
}

// Fail makes every Send from now on fail with err; nil makes it succeed again.
func (r *Recorder) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure = err
}

// Sent is everything that was sent, in order.
func (r *Recorder) Sent() []mail.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// SentTo is what was sent to one address, in order.
func (r *Recorder) SentTo(address string) []mail.Message {
	var sent []mail.Message
	for _, message := range r.Sent() {
		if message.To == address {
			sent = append(sent, message)
		}
	}
	return sent
}
