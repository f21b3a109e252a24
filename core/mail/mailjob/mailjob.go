// Package mailjob sends email in jobs: a message is stored in the transaction that
// sends it, sent after the commit, and retried until the mail server has accepted
// it.
//
//	sender := mailjob.NewSender(queue)       // for features: a mail.Sender
//	manifest := mailjob.Manifest(transport)  // for the application: the job's handler
//
// Email has its own queue, "mail", so that a slow mail server does not delay other
// jobs. Attempts continue for about eight hours. A message that the server
// permanently rejects fails immediately.
//
// A message is sent at least once: if a worker dies after the server has accepted a
// message, it is sent again with the same Message-ID, and most email programs show
// it once.
//
// The payload is the complete message, including its links. It is private:
// administrators see that an email is waiting or has failed, but neither its
// recipient nor its content.
package mailjob

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/mail"
)

// Queue is the queue of emails.
const Queue = "mail"

// SendJob sends one message to the mail server.
// Rows carry this name: never change it.
var SendJob = jobs.Define[mail.Message]("mail.send",
	jobs.OnQueue(Queue), jobs.MaxAttempts(20), jobs.Timeout(time.Minute), jobs.Private())

// NewSender creates a Sender that enqueues messages. Its Send fails with
// mail.ErrRejected if the message is invalid, and with the error of the queue.
func NewSender(queue jobs.Queue) mail.Sender { return &sender{queue} }

type sender struct{ queue jobs.Queue }

func (s *sender) Send(ctx context.Context, message mail.Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	if message.ID == "" { // now, so that every attempt has the same
		message.ID = uuid.Must(uuid.NewV7()).String()
	}
	return SendJob.Enqueue(ctx, s.queue, message)
}

// Manifest lists the job and its handler, which sends through transport.
func Manifest(transport mail.Sender) feature.Manifest {
	return feature.Manifest{
		Name: "mail",
		Parts: []feature.Part{
			jobs.Jobs{SendJob},
			jobs.Handlers{jobs.Handle(SendJob, func(ctx context.Context, message mail.Message) error {
				return send(ctx, transport, message)
			})},
		},
	}
}

func send(ctx context.Context, transport mail.Sender, message mail.Message) error {
	err := transport.Send(ctx, message)
	if errors.Is(err, mail.ErrRejected) {
		return jobs.GiveUp(fmt.Errorf("send email %s: %w", message.ID, err))
	}
	if err != nil {
		return fmt.Errorf("send email %s: %w", message.ID, err)
	}
	return nil
}
