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

// Middleware makes a span of every request, named by the pattern of its route:
// "GET /articles/{slug}". While telemetry is off when it is called, it is next
// itself. It must stand in a chi router, by Use, because the pattern is known
// only there.
//
// A span ends with its request, so requests that become sockets have none: what
// happens on them is traced message by message. A traceparent header, as a proxy
// in front may send it, is honoured.
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
		status := http.StatusInternalServerError // of a panic, which is answered further out
		defer func() { describeRequest(span, r, status) }()
		next.ServeHTTP(recorder, r.WithContext(ctx))
		status = recorder.Status()
	})
}

// describeRequest adds what is only known afterwards.
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
