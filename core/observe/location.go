package observe

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
)

// Location is the code in which a failure began.
type Location struct {
	Feature string // the text of Name before its first dot
	Layer   Layer
	Name    string
	Stack   string // of the panic, or of the call that returned the error
}

// Origin returns the location that the innermost wrapper added to a failure. It
// returns false for an error that passed no wrapper, and for expected faults.
func Origin(err error) (Location, bool) {
	if f, ok := errors.AsType[*failed](err); ok {
		return f.location, true
	}
	return Location{}, false
}

func newLocation(layer Layer, name string) Location {
	feature, _, _ := strings.Cut(name, ".")
	return Location{Feature: feature, Layer: layer, Name: name}
}

// failed is a failure with its location. It knows whether it was reported.
type failed struct {
	err      error
	location Location
	trace    string // the trace's id, "" if there is none
	reported atomic.Bool
}

func (f *failed) Error() string { return f.err.Error() }

func (f *failed) Unwrap() error { return f.err }

// panicked is the error of a panic. It is always a defect: a fault that code
// panics with is not unwrapped, other errors are.
type panicked struct {
	value any
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func (p *panicked) Unwrap() error {
	err, ok := p.value.(error)
	if !ok || !isDefect(err) {
		return nil
	}
	return err
}

// stack returns the stack trace of the caller of end: from the line that panicked,
// or from the wrapper that got the error.
func stack() string {
	counters := make([]uintptr, 64)
	const own = 4 // runtime.Callers, stack, mark and end
	frames := runtime.CallersFrames(counters[:runtime.Callers(own, counters)])
	var text strings.Builder
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if frame.Function != "" && !(inRuntime && text.Len() == 0) {
			fmt.Fprintf(&text, "%s\n\t%s:%d\n", frame.Function, frame.File, frame.Line)
		}
		if !more {
			return text.String()
		}
	}
}
