package telemetry_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-chi/chi/v5"
	"go.opentelemetry.io/otel"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"example.com/pergola/cmd/internal/telemetry"
	"example.com/pergola/core/observe"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

// Tests that install nothing are parallel. The one that installs a provider is
// not, and removes it.

func TestStart_installsNothingUnlessConfigured(t *testing.T) {
	t.Parallel()
	tests := map[string]map[string]string{
		"nothing set":       {},
		"the SDK disabled":  {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318", "OTEL_SDK_DISABLED": "true"},
		"exporter none":     {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318", "OTEL_TRACES_EXPORTER": "none"},
		"only a name given": {"OTEL_SERVICE_NAME": "shop"},
	}
	for name, values := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := otel.GetTracerProvider()

			stop, err := telemetry.Start(t.Context(), environment(values))
			if err != nil {
				t.Fatal(err)
			}

			if otel.GetTracerProvider() != before {
				t.Error("a provider was installed")
			}
			if telemetry.QueryTracer() != nil {
				t.Error("queries are traced")
			}
			next := http.NewServeMux()
			if telemetry.Middleware(next) != http.Handler(next) {
				t.Error("requests are traced")
			}
			if err := stop(t.Context()); err != nil {
				t.Errorf("stop: %v", err)
			}
		})
	}
}

func TestStart_rejectsUnsupportedSettings(t *testing.T) {
	t.Parallel()
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	tests := map[string]map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":        {endpoint: "localhost:4318"},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "ftp://localhost"},
		"OTEL_EXPORTER_OTLP_PROTOCOL":        {endpoint: "http://localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		"OTEL_TRACES_EXPORTER":               {endpoint: "http://localhost:4318", "OTEL_TRACES_EXPORTER": "zipkin"},
	}
	for name, values := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			stop, err := telemetry.Start(t.Context(), environment(values))

			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), values[name]) {
				t.Errorf("got %v, want an error that names %s and its value", err, name)
			}
			if stop == nil {
				t.Error("got no stop function")
			}
		})
	}
}

// backend is a collector that keeps what it receives.
type backend struct {
	*httptest.Server
	mu       sync.Mutex
	paths    []string
	resource map[string]string
	spans    map[string]*trace.Span
}

func newBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{resource: map[string]string{}, spans: map[string]*trace.Span{}}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := b.keep(r); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *backend) keep(r *http.Request) error {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = unzipped
	}
	raw, err := io.ReadAll(body)
	var request collector.ExportTraceServiceRequest
	if err := errors.Join(err, proto.Unmarshal(raw, &request)); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paths = append(b.paths, r.URL.Path)
	for _, resource := range request.GetResourceSpans() {
		for _, kv := range resource.GetResource().GetAttributes() {
			b.resource[kv.GetKey()] = kv.GetValue().GetStringValue()
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				b.spans[span.GetName()] = span
			}
		}
	}
	return nil
}

// Not parallel: the provider and the environment belong to the process.
func TestTelemetry_sendsRequestsAndUseCasesToTheCollector(t *testing.T) {
	before := otel.GetTracerProvider()
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	t.Setenv("OTEL_SERVICE_NAME", "shop")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
	backend := newBackend(t)
	stop, err := telemetry.Start(t.Context(), environment(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": backend.URL}))
	if err != nil {
		t.Fatal(err)
	}
	if telemetry.QueryTracer() == nil {
		t.Error("queries are not traced")
	}

	read := observe.Command("blog.read_article", func(context.Context, string) error { return nil })
	router := chi.NewRouter()
	router.Use(telemetry.Middleware)
	router.Get("/articles/{slug}", func(w http.ResponseWriter, r *http.Request) {
		if err := read(r.Context(), chi.URLParam(r, "slug")); err != nil {
			t.Error(err)
		}
	})
	router.Route("/desk", func(r chi.Router) {
		r.Get("/{id}/broken", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		r.Get("/panic", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	})
	router.Get("/socket", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := w.(http.Hijacker); !ok {
			t.Error("the socket's writer cannot be hijacked")
		}
	})
	server := httptest.NewServer(router)
	defer server.Close()
	get := func(path string, headers ...string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for pair := range slices.Chunk(headers, 2) {
			request.Header.Set(pair[0], pair[1])
		}
		if response, err := server.Client().Do(request); err == nil {
			_ = response.Body.Close()
		}
	}
	get("/articles/on-gardens", "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	get("/desk/7/broken")
	get("/desk/panic")
	get("/nowhere")
	get("/socket", "Upgrade", "websocket", "Connection", "Upgrade")
	server.Close()
	if err := stop(t.Context()); err != nil {
		t.Fatalf("stop: %v", err)
	}

	names := slices.Sorted(maps.Keys(backend.spans))
	if want := []string{"GET", "GET /articles/{slug}", "GET /desk/panic", "GET /desk/{id}/broken", "blog.read_article"}; !slices.Equal(names, want) {
		t.Errorf("got the spans %q, want %q", names, want)
	}
	for key, want := range map[string]string{"service.name": "shop", "deployment.environment.name": "staging", "telemetry.sdk.language": "go"} {
		if backend.resource[key] != want {
			t.Errorf("the resource's %s is %q, want %q", key, backend.resource[key], want)
		}
	}
	if !slices.Contains(backend.paths, "/v1/traces") {
		t.Errorf("sent to %q, want /v1/traces", backend.paths)
	}
	request, useCase := backend.spans["GET /articles/{slug}"], backend.spans["blog.read_article"]
	if string(useCase.GetParentSpanId()) != string(request.GetSpanId()) || string(useCase.GetTraceId()) != string(request.GetTraceId()) {
		t.Error("the use case is not a child of its request")
	}
	if request.GetTraceId()[0] != 0x0a || request.GetParentSpanId()[0] != 0xb7 {
		t.Error("the request does not continue the trace of its proxy")
	}
	for name, want := range map[string]trace.Status_StatusCode{
		"GET /articles/{slug}":  trace.Status_STATUS_CODE_UNSET,
		"GET":                   trace.Status_STATUS_CODE_UNSET,
		"GET /desk/{id}/broken": trace.Status_STATUS_CODE_ERROR,
		"GET /desk/panic":       trace.Status_STATUS_CODE_ERROR,
	} {
		if got := backend.spans[name].GetStatus().GetCode(); got != want {
			t.Errorf("the status of %s is %v, want %v", name, got, want)
		}
	}
}
