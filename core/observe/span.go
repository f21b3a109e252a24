package observe

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"example.com/pergola/core/fault"
)

const scope = "example.com/pergola/core/observe"

// noProvider is what OpenTelemetry answers with until a provider is installed.
// Comparing with it saves the two allocations of a span that goes nowhere.
var noProvider = otel.GetTracerProvider()

// start opens the span of a place; the span is nil when nobody listens.
func (p *Place) start(ctx context.Context) (context.Context, trace.Span) {
	provider := providerFor(ctx)
	if provider == nil {
		return ctx, nil
	}
	return provider.Tracer(scope).Start(ctx, p.Name, trace.WithAttributes(
		attribute.String("app.feature", p.Feature),
		attribute.String("app.layer", string(p.Layer)),
	))
}

// end is deferred itself, because only then may it recover.
func (p *Place) end(ctx context.Context, span trace.Span, err *error) {
	if value := recover(); value != nil {
		*err = &panicked{value: value}
	}
	if span == nil && *err == nil {
		return
	}
	if isFailure(ctx, *err) {
		p.mark(ctx, span, err)
	}
	if span != nil {
		span.End()
	}
}

// mark gives a failure its place, if it has none yet, and tells the span.
func (p *Place) mark(ctx context.Context, span trace.Span, err *error) {
	if _, marked := errors.AsType[*failed](*err); !marked {
		place := *p
		place.Stack = stack()
		*err = &failed{err: *err, place: place, trace: traceID(ctx)}
		if span != nil {
			span.RecordError(*err, trace.WithAttributes(attribute.String("exception.stacktrace", place.Stack)))
		}
	}
	if span != nil {
		span.SetStatus(codes.Error, (*err).Error())
	}
}

func traceID(ctx context.Context) string {
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		return span.TraceID().String()
	}
	return ""
}

// isFailure tells what an operator must know of from what the asker must.
func isFailure(ctx context.Context, err error) bool {
	if err == nil || (errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled)) {
		return false
	}
	return isDefect(err)
}

func isDefect(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Internal || kind == fault.Unavailable
}
