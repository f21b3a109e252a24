package observe

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

type providerKey struct{}

// providerFor is where the spans of this context go: to the provider of their
// parent, else to the global one, else nowhere (nil).
func providerFor(ctx context.Context) trace.TracerProvider {
	span := trace.SpanFromContext(ctx)
	if parent := span.SpanContext(); parent.IsValid() {
		if !parent.IsRemote() {
			return span.TracerProvider()
		}
		if provider, ok := ctx.Value(providerKey{}).(trace.TracerProvider); ok {
			return provider
		}
	}
	if global := otel.GetTracerProvider(); global != noProvider {
		return global
	}
	return nil
}

// TraceParent is the span of the context as text (W3C trace context), to be
// stored beside work that is done later. It is "" when nobody listens.
func TraceParent(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier.Get("traceparent")
}

// WithTraceParent makes the stored span the parent of what is observed in the
// context from here on. Text that is no trace parent changes nothing.
func WithTraceParent(ctx context.Context, traceParent string) context.Context {
	if traceParent == "" {
		return ctx
	}
	provider := providerFor(ctx)
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceParent})
	if provider != nil {
		ctx = context.WithValue(ctx, providerKey{}, provider)
	}
	return ctx
}
