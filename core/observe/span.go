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

// noProvider is the provider of OpenTelemetry until one is installed. Comparing
// with it avoids the two allocations of a span that is not recorded.
var noProvider = otel.GetTracerProvider()

// start starts a span. It is nil if there is no provider.
func (p *Location) start(ctx context.Context) (context.Context, trace.Span) {
	provider := providerFor(ctx)
	if provider == nil {
		return ctx, nil
	}
	return provider.Tracer(scope).Start(ctx, p.Name, trace.WithAttributes(
		attribute.String("app.feature", p.Feature),
		attribute.String("app.layer", string(p.Layer)),
	))
}

// end must be deferred directly, because it calls recover.
func (p *Location) end(ctx context.Context, span trace.Span, err *error) {
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

// mark adds the location to a failure that has none, and marks the span as failed.
func (p *Location) mark(ctx context.Context, span trace.Span, err *error) {
	if _, marked := errors.AsType[*failed](*err); !marked {
		location := *p
		location.Stack = stack()
		*err = &failed{err: *err, location: location, trace: traceID(ctx)}
		if span != nil {
			span.RecordError(*err, trace.WithAttributes(attribute.String("exception.stacktrace", location.Stack)))
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

// isFailure reports whether err needs an operator.
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
