// Package usage distinguishes usage errors from other errors: the generator exits with 2
// after the former, and with 1 after the latter.
package usage

import (
	"errors"
	"fmt"
)

// Errorf returns a usage error: one line that says what is wrong, and how to
// fix it.
func Errorf(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// IsError reports whether err is a usage error, or wraps one.
func IsError(err error) bool {
	var u *usageError
	return errors.As(err, &u)
}

type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }
