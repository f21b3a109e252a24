// Package mail sends email: a link to reset a password, a weekly digest.
//
// Pass a Sender to a use case that sends email:
//
//	err := sender.Send(ctx, mail.Message{
//		To:      user.Email,
//		Subject: "Reset your password",
//		Text:    text,
//		HTML:    html,
//	})
//
// The application decides when and how the message is sent. By default, sending is
// a job (package mailjob), which joins the transaction of the caller and is retried
// until the mail server has accepted the message.
//
// Package mailtest has a recording Sender for tests.
package mail

import "context"

// Sender sends email.
type Sender interface {
	// Send accepts the message. A Sender that stores messages joins the
	// transaction in the context; others send at once, and must not be given to a
	// use case that may roll back. It fails with ErrRejected if the message is
	// invalid (see Message.Check) or permanently rejected, and with another error
	// if a retry may succeed.
	Send(ctx context.Context, message Message) error
}
