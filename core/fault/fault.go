// Package fault holds the kinds of expected errors: those that are not defects of
// the program, such as a missing article or invalid input.
//
// A use case returns a fault with a message for the person who made the request:
//
//	return Article{}, fault.NotFound.New("There is no article at %q.", slug)
//
// and wraps it with context, like any other error:
//
//	return Article{}, fmt.Errorf("publish article %s: %w", id, err)
//
// HTTP, realtime and jobs read the kind and the message:
//
//	errors.Is(err, fault.NotFound)   // a Kind is an error, so errors.Is works
//	fault.KindOf(err)                // Internal for every other error
//	fault.Message(err)               // safe to show; never the wrapped text
//
// An error that is not a fault is a defect: its kind is Internal, and its text
// goes to the log and never to the visitor.
package fault

import (
	"errors"
	"fmt"
)

// Kind is a kind of expected error. Its value is the error code on the wire, so
// it must not change. A Kind is itself an error, so that
// errors.Is(err, fault.NotFound) works.
type Kind string

// The kinds of expected errors.
const (
	Internal        Kind = "internal"        // a defect; the message is generic
	NotFound        Kind = "not_found"       // does not exist, or this visitor may not know that it does
	Invalid         Kind = "invalid"         // the input is invalid; see Fields
	Conflict        Kind = "conflict"        // the state has changed: reload and try again
	Forbidden       Kind = "forbidden"       // signed in, but not allowed
	Unauthenticated Kind = "unauthenticated" // not signed in
	TooMany         Kind = "too_many"        // rate limit exceeded: try again later
	TooLarge        Kind = "too_large"       // larger than the limit
	Unavailable     Kind = "unavailable"     // a dependency does not respond: try again later
)

var genericMessages = map[Kind]string{
	Internal:        "Something went wrong on our end.",
	NotFound:        "This page doesn't exist.",
	Invalid:         "Some of the information isn't valid.",
	Conflict:        "Someone else changed this first.",
	Forbidden:       "You don't have permission to do this.",
	Unauthenticated: "Sign in to continue.",
	TooMany:         "Too many requests. Wait a moment and try again.",
	TooLarge:        "This is too large.",
	Unavailable:     "This is temporarily unavailable. Try again in a moment.",
}

// Error returns the generic message of the kind.
func (k Kind) Error() string {
	if message, ok := genericMessages[k]; ok {
		return message
	}
	return genericMessages[Internal]
}

// New returns a fault with a message for the person who made the request. The
// message is a complete sentence and contains nothing that they may not see.
func (k Kind) New(format string, args ...any) error {
	return &fault{kind: k, message: fmt.Sprintf(format, args...)}
}

// Wrap turns an error of another package into a fault: the message is for the
// person who made the request, the error for the log. Wrap(nil, …) returns nil.
func (k Kind) Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &fault{kind: k, message: fmt.Sprintf(format, args...), cause: err}
}

// Field is an invalid field of the input.
type Field struct {
	Name    string // as on the wire or in the form
	Message string // a complete sentence, shown next to the field
}

// InvalidFields returns an Invalid fault that names the fields, or nil if there
// are none, so that a validation can return its result.
func InvalidFields(fields ...Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &fault{kind: Invalid, message: fields[0].Message, fields: fields}
}

// KindOf returns the kind of the first fault in the chain, Internal for any other
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

// Message returns what may be shown to the visitor: the message of the first
// fault in the chain, or the generic message of its kind.
func Message(err error) string {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*fault](err); ok && f.kind != Internal {
		return f.message
	}
	return KindOf(err).Error()
}

// Fields returns the invalid fields of an Invalid fault, or nil.
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
