// Package misuse tells wrong use of the generator from everything else that may
// go wrong, because the two end with different exit codes: 2 and 1.
package misuse

import (
	"errors"
	"fmt"
)

// New says in one line what was asked for wrongly, and what to do instead.
func New(format string, args ...any) error { return &misuse{fmt.Sprintf(format, args...)} }

// Is reports whether New made the error, or one that it wraps.
func Is(err error) bool {
	var m *misuse
	return errors.As(err, &m)
}

type misuse struct{ text string }

func (m *misuse) Error() string { return m.text }
