// Package fault names the ways in which a request can fail that are nobody's
// mistake but the caller's, or nobody's at all.
//
// A use case returns a fault when it has something to say to the person who
// asked:
//
//	return Article{}, fault.NotFound.New("There is no article at %q.", slug)
//
// and wraps one with what it was doing, as any other error:
//
//	return Article{}, fmt.Errorf("publish article %s: %w", id, err)
//
// The edges (HTTP, socket, job) read the kind and the message back:
//
//	errors.Is(err, fault.NotFound)   // a Kind is an error, so errors.Is works
//	fault.KindOf(err)                // Internal for every other error
//	fault.Message(err)               // safe to show; never the wrapped text
//
// An error that is no fault is a defect: its kind is Internal, its text goes
// to the log and never to the visitor.
package fault

import (
	"errors"
	"fmt"
)

// Kind says who has to do what about a failure. Its text is stable: it is the
// error code on the wire. A Kind is itself an error, so that
// errors.Is(err, fault.NotFound) reads as it should.
type Kind string

// The kinds of failure.
const (
	Internal        Kind = "internal"        // a defect; the message is generic
	NotFound        Kind = "not_found"       // what was asked for is not there, or not for this visitor to know of
	Invalid         Kind = "invalid"         // the input breaks a rule; see Fields
	Conflict        Kind = "conflict"        // true a moment ago, or for another: look again and retry
	Forbidden       Kind = "forbidden"       // signed in, but not allowed
	Unauthenticated Kind = "unauthenticated" // not signed in
	TooMany         Kind = "too_many"        // too often; later it will work
	TooLarge        Kind = "too_large"       // more than the limit
	Unavailable     Kind = "unavailable"     // a part that is needed does not answer; later it will work
)

var genericMessages = map[Kind]string{
	Internal:        "Something went wrong on our side.",
	NotFound:        "There is nothing here.",
	Invalid:         "Something in the input is not right.",
	Conflict:        "This was changed by someone else in the meantime.",
	Forbidden:       "You are not allowed to do this.",
	Unauthenticated: "Please sign in first.",
	TooMany:         "That was too often. Please wait a little and try again.",
	TooLarge:        "That is larger than what can be accepted.",
	Unavailable:     "This is not available at the moment. Please try again soon.",
}

// Error makes a Kind an error whose text is the kind's generic message.
func (k Kind) Error() string {
	if message, ok := genericMessages[k]; ok {
		return message
	}
	return genericMessages[Internal]
}

// New makes a fault with a message for the person who asked. The message is a
// whole sentence and holds nothing that the person may not see.
func (k Kind) New(format string, args ...any) error {
	return &fault{kind: k, message: fmt.Sprintf(format, args...)}
}

// Wrap makes a fault of an error of another package: the message is for the
// person who asked, the error for the log. Wrap(nil, …) is nil.
func (k Kind) Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &fault{kind: k, message: fmt.Sprintf(format, args...), cause: err}
}

// Field is one rule that one field of the input breaks.
type Field struct {
	Name    string // the field's name on the wire or in the form
	Message string // a whole sentence, to stand beside the field
}

// InvalidFields makes an Invalid fault that names the fields. Without fields
// it is nil, so that a validation can end in it.
func InvalidFields(fields ...Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &fault{kind: Invalid, message: fields[0].Message, fields: fields}
}

// KindOf is the kind of the first fault in the chain, Internal for any other
// error, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*fault](err); ok {
		return f.kind
	}
	if k, ok := errors.AsType[Kind](err); ok {
		return k
	}
	return Internal
}

// Message is what may be shown: the message of the first fault in the chain,
// or the generic one of its kind.
func Message(err error) string {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*fault](err); ok && f.kind != Internal {
		return f.message
	}
	return KindOf(err).Error()
}

// Fields is what an Invalid fault says of single fields; nil for all others.
func Fields(err error) []Field {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.fields
	}
	return nil
}

type fault struct {
	kind    Kind
	message string
	fields  []Field
	cause   error
}

func (f *fault) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %v", f.message, f.cause)
	}
	return f.message
}

func (f *fault) Is(target error) bool { return target == f.kind }

func (f *fault) Unwrap() error { return f.cause }
