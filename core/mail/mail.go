// Package mail sends mail to people: a link to reset a password, the digest of
// the week.
//
// A use case is given a Sender and says what is to be sent:
//
//	err := sender.Send(ctx, mail.Message{
//		To:      user.Email,
//		Subject: "Reset your password",
//		Text:    text,
//		HTML:    html,
//	})
//
// It knows neither when nor by whom the message is carried: that is decided by
// the binary. In the application, sending is a job (package mailjob), which
// joins the transaction of the caller and is tried again until the mail server
// has taken the message.
//
// Package mailtest has the recorder for tests of those who send.
package mail

import "context"

// Sender takes messages and carries them to people.
type Sender interface {
	// Send takes the message over. A Sender that stores messages joins the
	// transaction in the context; any other sends at once, and should not be
	// given to a use case that may yet roll back. It fails with ErrRefused if
	// the message breaks a rule (see Message.Check) or is not wanted for good,
	// and with another error if trying again may help.
	Send(ctx context.Context, message Message) error
}
