// Package telemetry sends traces to where an operator wants them, in
// OpenTelemetry's own protocol (OTLP over HTTP).
//
// It is off until one of these is set, and then installs nothing and costs
// nothing:
//
//	OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318
//	OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces
//
// OTEL_SDK_DISABLED=true or OTEL_TRACES_EXPORTER=none turn it off again. The
// name of the program in the traces is OTEL_SERVICE_NAME, more about it goes into
// OTEL_RESOURCE_ATTRIBUTES. The other standard variables (headers, timeout,
// certificates, sampler, batches) are read by OpenTelemetry from the process's
// environment. The protocol is http/protobuf; another one in
// OTEL_EXPORTER_OTLP_PROTOCOL is refused rather than ignored.
//
// What is traced: each request by Middleware, each query by QueryTracer, and
// each use case and handler by core/observe.
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

// serviceName is how the program calls itself unless OTEL_SERVICE_NAME is set.
const serviceName = "pergola"

// Start installs a tracer provider for the whole process if the environment
// asks for it. The function that it returns sends what is not sent yet, within
// its context, and ends the export; it is never nil. Start fails if a variable
// makes no sense. An endpoint that does not answer is no failure: it is logged,
// and requests do not wait for it.
func Start(ctx context.Context, getenv func(string) string) (stop func(context.Context) error, err error) {
	nothing := func(context.Context) error { return nil }
	endpoint, err := endpoint(getenv)
	if err != nil || endpoint == "" {
		return nothing, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nothing, fmt.Errorf("make the OTLP exporter: %w", err)
	}
	about, err := describe(ctx)
	if err != nil {
		return nothing, err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		slog.Warn("telemetry could not be sent", "error", err)
	}))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return func(ctx context.Context) error {
		if err := provider.Shutdown(ctx); err != nil {
			return fmt.Errorf("end telemetry: %w", err)
		}
		return nil
	}, nil
}

// QueryTracer makes a span of every query of a traced request. It is nil, which
// pgx takes for none, while telemetry is off.
func QueryTracer() pgx.QueryTracer {
	if !on() {
		return nil
	}
	return otelpgx.NewTracer(otelpgx.WithDisableConnectionDetailsInAttributes())
}

// on asks OpenTelemetry itself, so that there is no second switch to forget.
func on() bool {
	_, installed := otel.GetTracerProvider().(*sdktrace.TracerProvider)
	return installed
}

// endpoint is where traces go, "" for nowhere.
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
		return "", fmt.Errorf("%s=%q: must be an address like http://localhost:4318", name, value)
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

// describe says whose traces these are. What the environment says comes last,
// because the later attribute wins.
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
