package mail

import (
	"context"

	"example.com/pergola/core/fault"
)

// Off returns a Sender for an application that is configured to send no email. It
// always fails with fault.Unavailable.
func Off() Sender { return off{} }

// IsOff reports whether the sender is that of Off, so that the application can hide
// features that need email.
func IsOff(sender Sender) bool {
	_, isOff := sender.(off)
	return isOff
}

type off struct{}

func (off) Send(context.Context, Message) error {
	return fault.Unavailable.New("This site can't send email.")
}
