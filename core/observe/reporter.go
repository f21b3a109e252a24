package observe

import (
	"context"
	"errors"
	"log/slog"

	"example.com/pergola/core/fault"
)

// Reporter reports failures to operators.
type Reporter interface {
	// Report reports err if it is a failure that was not reported before. It
	// ignores nil, expected faults, and errors of a canceled context. It never
	// fails and does not block for long.
	Report(ctx context.Context, err error)
}

// Failure is a reported failure.
type Failure struct {
	Err      error
	Kind     fault.Kind // Internal or Unavailable
	Location Location   // zero if the error passed no wrapper of this package
	TraceID  string     // "" when there is no trace
}

// NewReporter returns a Reporter that calls send once for every failure, to write
// it to a log or to an error-tracking service. Calls may be concurrent.
func NewReporter(send func(context.Context, Failure)) Reporter {
	return reporter(send)
}

// NewLogReporter returns a Reporter that logs defects at level error and
// fault.Unavailable at level warn.
func NewLogReporter(logger *slog.Logger) Reporter {
	return NewReporter(func(ctx context.Context, failure Failure) {
		level, message := slog.LevelError, failure.Location.Name+" failed"
		if failure.Kind == fault.Unavailable {
			level = slog.LevelWarn
		}
		if failure.Location == (Location{}) {
			message = "failure outside of a use case"
		}
		logger.LogAttrs(ctx, level, message, failure.attributes()...)
	})
}

type reporter func(context.Context, Failure)

func (send reporter) Report(ctx context.Context, err error) {
	if !isFailure(ctx, err) {
		return
	}
	failure := Failure{Err: err, Kind: fault.KindOf(err), TraceID: traceID(ctx)}
	if mark, ok := errors.AsType[*failed](err); ok {
		if !mark.reported.CompareAndSwap(false, true) {
			return
		}
		failure.Location, failure.TraceID = mark.location, mark.trace
	}
	send(ctx, failure)
}

func (f Failure) attributes() []slog.Attr {
	attributes := []slog.Attr{slog.String("error", f.Err.Error())}
	if f.Location != (Location{}) {
		attributes = append(attributes,
			slog.String("feature", f.Location.Feature),
			slog.String("layer", string(f.Location.Layer)),
			slog.String("name", f.Location.Name),
			slog.String("stack", f.Location.Stack))
	}
	if f.TraceID != "" {
		attributes = append(attributes, slog.String("trace_id", f.TraceID))
	}
	return attributes
}
