package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"example.com/pergola/core/fault"
)

func TestKindOf_seesThroughWrapping(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		kind fault.Kind
	}{
		"nil":               {nil, ""},
		"a foreign error":   {io.EOF, fault.Internal},
		"a fault":           {fault.NotFound.New("gone"), fault.NotFound},
		"a wrapped fault":   {fmt.Errorf("read: %w", fault.Conflict.New("stale")), fault.Conflict},
		"a bare kind":       {fmt.Errorf("read: %w", fault.Forbidden), fault.Forbidden},
		"a wrapped foreign": {fault.Unavailable.Wrap(io.EOF, "no database"), fault.Unavailable},
		"invalid fields":    {fault.InvalidFields(fault.Field{Name: "title", Message: "A title is required."}), fault.Invalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fault.KindOf(test.err); got != test.kind {
				t.Errorf("KindOf(%v) = %q, want %q", test.err, got, test.kind)
			}
			if test.kind != "" && test.kind != fault.Internal && !errors.Is(test.err, test.kind) {
				t.Errorf("errors.Is(%v, %q) is false", test.err, test.kind)
			}
		})
	}
}

func TestMessage_neverShowsTheCause(t *testing.T) {
	t.Parallel()
	secret := errors.New("password=hunter2")
	for _, err := range []error{
		secret,
		fault.Unavailable.Wrap(secret, "The database is unavailable."),
		fault.Internal.Wrap(secret, "password=hunter2"),
	} {
		if got := fault.Message(err); got == "" || got == err.Error() {
			t.Errorf("Message(%v) = %q", err, got)
		}
	}
	if got := fault.Message(fmt.Errorf("x: %w", fault.NotFound.New("No such article."))); got != "No such article." {
		t.Errorf("Message = %q, want the fault's own sentence", got)
	}
}

func TestWrap_keepsTheCauseForTheLog(t *testing.T) {
	t.Parallel()
	err := fault.Unavailable.Wrap(io.EOF, "The database is unavailable.")
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}
	if fault.Unavailable.Wrap(nil, "nothing") != nil {
		t.Error("Wrap(nil) is an error")
	}
	if fault.InvalidFields() != nil {
		t.Error("InvalidFields() without fields is an error")
	}
}
