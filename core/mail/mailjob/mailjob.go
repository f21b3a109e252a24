// Package mailjob makes sending mail a job: it is stored with the transaction
// that asks for it, done after the commit, and tried again until the mail
// server has taken it.
//
//	sender := mailjob.NewSender(queue)       // for features: a mail.Sender
//	manifest := mailjob.Manifest(carrier)    // for the application: who does the job
//
// Mail has a queue of its own, "mail", so that a slow mail server holds up no
// other work. The attempts go on for about eight hours. What the server refuses
// for good is listed as failed at once, and so is what nobody took in that time.
//
// A message is sent at least once: a worker that ends between the server's yes
// and the end of the job makes it be sent again, with the same Message-ID, so
// that most mail programs show it once.
//
// The payload is the message as it is, with whatever link is in it. It is
// private: administrators see that a mail waits or has failed, and neither to
// whom nor what.
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

// Queue is the queue of mail.
const Queue = "mail"

// SendJob carries one message to the mail server.
// Rows carry this name: never change it.
var SendJob = jobs.Define[mail.Message]("mail.send",
	jobs.OnQueue(Queue), jobs.MaxAttempts(20), jobs.Timeout(time.Minute), jobs.Private())

// NewSender makes a Sender that enqueues. Its Send fails with mail.ErrRefused
// if the message breaks a rule, and with the error of the queue.
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

// Manifest brings the job and who does it: the carrier, at each attempt.
func Manifest(carrier mail.Sender) feature.Manifest {
	return feature.Manifest{
		Name: "mail",
		Parts: []feature.Part{
			jobs.Jobs{SendJob},
			jobs.Handlers{jobs.Handle(SendJob, func(ctx context.Context, message mail.Message) error {
				return carry(ctx, carrier, message)
			})},
		},
	}
}

func carry(ctx context.Context, carrier mail.Sender, message mail.Message) error {
	err := carrier.Send(ctx, message)
	if errors.Is(err, mail.ErrRefused) {
		return jobs.GiveUp(fmt.Errorf("carry mail %s: %w", message.ID, err))
	}
	if err != nil {
		return fmt.Errorf("carry mail %s: %w", message.ID, err)
	}
	return nil
}
