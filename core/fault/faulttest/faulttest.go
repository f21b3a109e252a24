// Package faulttest checks the faults that use cases return in tests.
package faulttest

import (
	"testing"

	"example.com/pergola/core/fault"
)

// Want fails the test unless err is a fault of this kind. The kind "" means that
// no error is expected.
func Want(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != kind {
		t.Errorf("error is of kind %q, want %q: %v", got, kind, err)
	}
}
