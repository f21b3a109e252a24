package realtime

import (
	"errors"
	"fmt"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/internal/payload"
)

// PayloadError is the error of an invalid payload. errors.Is(err,
// ErrInvalidPayload) is true for it.
type PayloadError = payload.Error

// The codes on the wire that core/fault does not have.
const (
	CodeUnknownChannel = "unknown_channel" // no channel has this topic, or it has no handler
	CodeInvalidPayload = "invalid_payload" // the payload is invalid

	// CodeWebSocketRequired is the code of a connection that began with long polling.
	CodeWebSocketRequired = "websocket_required"
)

// Rejection is the error of an acknowledgment on the wire.
type Rejection struct {
	Code    string `json:"code"`    // a fault.Kind, CodeUnknownChannel or CodeInvalidPayload
	Message string `json:"message"` // a complete sentence for people
}

func (r *Rejection) Error() string { return fmt.Sprintf("%s (%s)", r.Message, r.Code) }

// Is makes errors.Is(err, fault.Forbidden) true for a rejection with that code, so
// that tests check it like the error of a use case.
func (r *Rejection) Is(target error) bool {
	kind, ok := target.(fault.Kind)
	return ok && string(kind) == r.Code || target == ErrInvalidPayload && r.Code == CodeInvalidPayload ||
		target == ErrUnknownChannel && r.Code == CodeUnknownChannel
}

var (
	// ErrUnknownChannel is the error of a topic that no channel has, and of a
	// message on a channel without a handler.
	ErrUnknownChannel = errors.New("unknown channel")

	// ErrInvalidPayload is the error of an invalid payload.
	ErrInvalidPayload = payload.ErrInvalid

	errNotSignedIn = fault.Unauthenticated.New("Sign in to continue.")
	errNotAllowed  = fault.Forbidden.New("You don't have access to this channel.")
)

// rejectionOf returns what a client sees of an error.
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
	errPolling      = &Rejection{Code: CodeWebSocketRequired, Message: "Long polling is not offered."}
	errNoHandler    = &Rejection{Code: CodeUnknownChannel, Message: "Nothing can be sent on this channel."}
	errSessionOver  = fault.Unauthenticated.New("Your session has ended. Sign in again.")
)

var errGone = fault.Unavailable.New("The connection is closed.")
