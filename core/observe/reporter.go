package observe

import (
	"context"
	"errors"
	"log/slog"

	"example.com/pergola/core/fault"
)

// Reporter tells an operator of failures.
type Reporter interface {
	// Report tells of err, if it is a failure and was not reported before.
	// Expected faults, nil, and what failed because the context was cancelled
	// are ignored. It never fails and does not block for long.
	Report(ctx context.Context, err error)
}

// Failure is what an operator is told.
type Failure struct {
	Err     error
	Kind    fault.Kind // Internal or Unavailable
	Place   Place      // zero if the error passed no wrapper of this package
	TraceID string     // "" when there is no trace
}

// NewReporter is a Reporter that decides what is to be told, and that it is
// told once, and leaves the telling to tell: to a log, or to a service that
// collects errors. tell may be called by many goroutines at once.
func NewReporter(tell func(context.Context, Failure)) Reporter {
	return reporter(tell)
}

// NewLogReporter is a Reporter that writes to the log: a defect as an error, a
// part that does not answer as a warning.
func NewLogReporter(logger *slog.Logger) Reporter {
	return NewReporter(func(ctx context.Context, failure Failure) {
		level, message := slog.LevelError, failure.Place.Name+" failed"
		if failure.Kind == fault.Unavailable {
			level = slog.LevelWarn
		}
		if failure.Place == (Place{}) {
			message = "failed outside of any use case"
		}
		logger.LogAttrs(ctx, level, message, failure.attributes()...)
	})
}

type reporter func(context.Context, Failure)

func (tell reporter) Report(ctx context.Context, err error) {
	if !isFailure(ctx, err) {
		return
	}
	failure := Failure{Err: err, Kind: fault.KindOf(err), TraceID: traceID(ctx)}
	if mark, ok := errors.AsType[*failed](err); ok {
		if !mark.reported.CompareAndSwap(false, true) {
			return
		}
		failure.Place, failure.TraceID = mark.place, mark.trace
	}
	tell(ctx, failure)
}

func (f Failure) attributes() []slog.Attr {
	attributes := []slog.Attr{slog.String("error", f.Err.Error())}
	if f.Place != (Place{}) {
		attributes = append(attributes,
			slog.String("feature", f.Place.Feature),
			slog.String("layer", string(f.Place.Layer)),
			slog.String("name", f.Place.Name),
			slog.String("stack", f.Place.Stack))
	}
	if f.TraceID != "" {
		attributes = append(attributes, slog.String("trace_id", f.TraceID))
	}
	return attributes
}
