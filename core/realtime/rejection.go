package realtime

import (
	"errors"
	"fmt"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/internal/payload"
)

// PayloadError says what is wrong with a payload. errors.Is(err,
// ErrInvalidPayload) is true of it.
type PayloadError = payload.Error

// The codes on the wire that core/fault does not have.
const (
	CodeUnknownChannel = "unknown_channel" // no listed channel has this topic, or nobody listens to what is sent on it
	CodeInvalidPayload = "invalid_payload" // the payload is not what the channel carries
)

// Rejection is an answer on the wire that something was not done.
type Rejection struct {
	Code    string `json:"code"`    // a fault.Kind, CodeUnknownChannel or CodeInvalidPayload
	Message string `json:"message"` // a whole sentence for a person
}

func (r *Rejection) Error() string { return fmt.Sprintf("%s (%s)", r.Message, r.Code) }

// Is makes errors.Is(err, fault.Forbidden) true of a rejection with that code,
// so that a test reads an acknowledgement as it reads a use case's error.
func (r *Rejection) Is(target error) bool {
	kind, ok := target.(fault.Kind)
	return ok && string(kind) == r.Code || target == ErrInvalidPayload && r.Code == CodeInvalidPayload ||
		target == ErrUnknownChannel && r.Code == CodeUnknownChannel
}

var (
	// ErrUnknownChannel is the error of a topic that no listed channel has, and
	// of a message to a channel that nobody listens to.
	ErrUnknownChannel = errors.New("unknown channel")

	// ErrInvalidPayload is the error of a payload that breaks its channel's
	// rules.
	ErrInvalidPayload = payload.ErrInvalid

	errNotSignedIn = fault.Unauthenticated.New("Sign in to continue.")
	errNotAllowed  = fault.Forbidden.New("You are not allowed here.")
)

// rejectionOf is what a client is told of an error.
func rejectionOf(err error) *Rejection {
	if rejection, ok := errors.AsType[*Rejection](err); ok {
		return rejection
	}
	if invalid, ok := errors.AsType[*PayloadError](err); ok {
		return &Rejection{Code: CodeInvalidPayload, Message: invalid.Error()}
	}
	return &Rejection{Code: string(fault.KindOf(err)), Message: fault.Message(err)}
}

var (
	errUnknownTopic = &Rejection{Code: CodeUnknownChannel, Message: "There is no such channel."}
	errNoHandler    = &Rejection{Code: CodeUnknownChannel, Message: "Nothing can be sent on this channel."}
	errSessionOver  = fault.Unauthenticated.New("This session is over. Please sign in again.")
)

var errGone = fault.Unavailable.New("The connection is closed.")
