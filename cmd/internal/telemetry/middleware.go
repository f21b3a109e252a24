package telemetry

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

const scope = "example.com/pergola/cmd/internal/telemetry"

// Middleware creates a span for every request, named after its route: "GET
// /articles/{slug}". If telemetry is off when Middleware is called, it returns
// next itself. Add it to a chi router with Use, because only there the route is
// known.
//
// A span ends with its request, so requests that become sockets have none: each
// message on a socket has its own trace. If the request has a traceparent header,
// for example from a proxy, the span continues that trace.
func Middleware(next http.Handler) http.Handler {
	if !on() {
		return next
	}
	tracer := otel.Tracer(scope)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r)
			return
		}
		ctx := otel.GetTextMapPropagator().Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			semconv.HTTPRequestMethodKey.String(r.Method),
			semconv.URLPath(r.URL.Path),
		))
		defer span.End()
		recorder := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		status := http.StatusInternalServerError // of a panic, which an outer middleware answers
		defer func() { describeRequest(span, r, status) }()
		next.ServeHTTP(recorder, r.WithContext(ctx))
		status = recorder.Status()
	})
}

// describeRequest adds the attributes that are known after the request.
func describeRequest(span trace.Span, r *http.Request, status int) {
	if route := chi.RouteContext(r.Context()); route != nil && route.RoutePattern() != "" {
		span.SetName(r.Method + " " + route.RoutePattern())
		span.SetAttributes(semconv.HTTPRoute(route.RoutePattern()))
	}
	if status == 0 {
		status = http.StatusOK
	}
	span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, http.StatusText(status))
	}
}
