package mail

import (
	"context"

	"example.com/pergola/core/fault"
)

// Off is the Sender of an application that was configured to send no mail. It
// fails with fault.Unavailable, whatever is sent.
func Off() Sender { return off{} }

// IsOff reports whether the sender is that of Off: then there is no use in
// offering what ends in a mail.
func IsOff(sender Sender) bool {
	_, is := sender.(off)
	return is
}

type off struct{}

func (off) Send(context.Context, Message) error {
	return fault.Unavailable.New("This site does not send mail.")
}
