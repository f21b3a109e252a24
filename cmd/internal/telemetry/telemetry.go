// Package telemetry exports traces in OpenTelemetry's own protocol (OTLP over
// HTTP).
//
// It is off, and installs nothing and costs nothing, unless one of these is
// set:
//
//	OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318
//	OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces
//
// OTEL_SDK_DISABLED=true or OTEL_TRACES_EXPORTER=none turn it off again.
// OTEL_SERVICE_NAME is the name of the program in the traces, and
// OTEL_RESOURCE_ATTRIBUTES adds attributes. The other standard variables (headers,
// timeout, certificates, sampler, batches) are read by OpenTelemetry from the
// process's environment. The protocol is http/protobuf; any other value of
// OTEL_EXPORTER_OTLP_PROTOCOL is rejected rather than ignored.
//
// Middleware traces each request, QueryTracer each query, and core/observe each
// use case and handler.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// serviceName is the name of the program unless OTEL_SERVICE_NAME is set.
const serviceName = "pergola"

// Start installs a tracer provider for the whole process if the environment asks
// for it. The function that it returns sends the remaining spans, within its
// context, and stops the export; it is never nil. Start fails if a variable is
// invalid. An endpoint that does not respond is not an error: it is logged, and
// requests do not wait for it.
func Start(ctx context.Context, getenv func(string) string) (stop func(context.Context) error, err error) {
	nothing := func(context.Context) error { return nil }
	endpoint, err := endpoint(getenv)
	if err != nil || endpoint == "" {
		return nothing, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nothing, fmt.Errorf("create the OTLP exporter: %w", err)
	}
	about, err := describe(ctx)
	if err != nil {
		return nothing, err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		slog.Warn("could not send telemetry", "error", err)
	}))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return func(ctx context.Context) error {
		if err := provider.Shutdown(ctx); err != nil {
			return fmt.Errorf("stop telemetry: %w", err)
		}
		return nil
	}, nil
}

// QueryTracer returns a tracer that creates a span for every query of a traced
// request. It is nil while telemetry is off, which pgx accepts.
func QueryTracer() pgx.QueryTracer {
	if !on() {
		return nil
	}
	return otelpgx.NewTracer(otelpgx.WithDisableConnectionDetailsInAttributes())
}

// on reads OpenTelemetry's own state, so that there is no second switch.
func on() bool {
	_, installed := otel.GetTracerProvider().(*sdktrace.TracerProvider)
	return installed
}

// endpoint returns the URL to which traces are sent, "" if there is none.
func endpoint(getenv func(string) string) (string, error) {
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") || getenv("OTEL_TRACES_EXPORTER") == "none" {
		return "", nil
	}
	name := "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	value := getenv(name)
	if value == "" {
		name = "OTEL_EXPORTER_OTLP_ENDPOINT"
		value = getenv(name)
	}
	if value == "" {
		return "", nil
	}
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return "", fmt.Errorf("%s=%q: must be a URL, such as http://localhost:4318", name, value)
	}
	if name == "OTEL_EXPORTER_OTLP_ENDPOINT" {
		value = parsed.JoinPath("v1", "traces").String()
	}
	return value, errors.Join(
		allow(getenv, "OTEL_TRACES_EXPORTER", "otlp"),
		allow(getenv, "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
		allow(getenv, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
	)
}

func allow(getenv func(string) string, name, only string) error {
	if value := getenv(name); value != "" && value != only {
		return fmt.Errorf("%s=%q: only %q is supported", name, value, only)
	}
	return nil
}

// describe returns the attributes of this program. Those of the environment come
// last, because later attributes win.
func describe(ctx context.Context) (*resource.Resource, error) {
	about, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithHost(),
		resource.WithProcessPID(),
		resource.WithAttributes(attributes()...),
		resource.WithFromEnv(),
	)
	if err != nil {
		return nil, fmt.Errorf("describe this program for telemetry: %w", err)
	}
	return about, nil
}

func attributes() []attribute.KeyValue {
	found := []attribute.KeyValue{semconv.ServiceName(serviceName)}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return found
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			found = append(found, semconv.ServiceVersion(setting.Value))
		}
	}
	return found
}
