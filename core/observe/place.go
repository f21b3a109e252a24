package observe

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
)

// Place is where a failure began.
type Place struct {
	Feature string // the text of Name before its first dot
	Layer   Layer
	Name    string
	Stack   string // of the panic, or of the call that returned the error; empty when nothing failed
}

// Origin is the place of the innermost wrapper that a failure passed. It is
// false for an error that passed none, and for expected faults.
func Origin(err error) (Place, bool) {
	if f, ok := errors.AsType[*failed](err); ok {
		return f.place, true
	}
	return Place{}, false
}

func newPlace(layer Layer, name string) Place {
	feature, _, _ := strings.Cut(name, ".")
	return Place{Feature: feature, Layer: layer, Name: name}
}

// failed marks an error with its place and remembers whether it was reported.
type failed struct {
	err      error
	place    Place
	trace    string // the trace's id, "" if there is none
	reported atomic.Bool
}

func (f *failed) Error() string { return f.err.Error() }

func (f *failed) Unwrap() error { return f.err }

// panicked is what a panic becomes. It is a defect whatever the value was, so
// a fault that somebody panics with stays hidden; other errors can be found in
// the chain.
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

// stack is the stack of the caller of a place's end: for a panic from the line
// that panicked on, for an error from the wrapper on.
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
