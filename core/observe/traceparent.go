package observe

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

type providerKey struct{}

// providerFor returns the provider of the parent span, or else the global one, or
// nil if there is none.
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

// TraceParent returns the span of the context as text (W3C Trace Context), to be
// stored with work that is done later. It returns "" if there is no span.
func TraceParent(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier.Get("traceparent")
}

// WithTraceParent makes the stored span the parent of spans that are started in
// the returned context. It ignores text that is not a trace parent.
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
