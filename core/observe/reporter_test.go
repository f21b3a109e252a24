package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// recording returns a Reporter and a function that returns the failures it received.
func recording() (observe.Reporter, func() []observe.Failure) {
	var mu sync.Mutex
	var failures []observe.Failure
	reporter := observe.NewReporter(func(_ context.Context, failure observe.Failure) {
		mu.Lock()
		defer mu.Unlock()
		failures = append(failures, failure)
	})
	return reporter, func() []observe.Failure {
		mu.Lock()
		defer mu.Unlock()
		return failures
	}
}

func failing(ctx context.Context, err error) error {
	return observe.Run(ctx, observe.LayerUseCase, "blog.save", func(context.Context) error { return err })
}

func TestReporter_reportsAFailureOnce(t *testing.T) {
	t.Parallel()
	reporter, failures := recording()
	err := failing(t.Context(), io.EOF)

	var layers sync.WaitGroup
	for layer := range 10 {
		layers.Go(func() { reporter.Report(t.Context(), fmt.Errorf("layer %d: %w", layer, err)) })
	}
	layers.Wait()

	got := failures()
	if len(got) != 1 {
		t.Fatalf("got %d reports, want one", len(got))
	}
	if got[0].Location.Name != "blog.save" || got[0].Kind != fault.Internal || !errors.Is(got[0].Err, io.EOF) {
		t.Errorf("got %+v, want the defect of blog.save", got[0])
	}
}

func TestReporter_reportsEachFailure(t *testing.T) {
	t.Parallel()
	reporter, failures := recording()

	reporter.Report(t.Context(), failing(t.Context(), io.EOF))
	reporter.Report(t.Context(), failing(t.Context(), io.EOF))

	if got := len(failures()); got != 2 {
		t.Errorf("got %d reports of two failures", got)
	}
}

func TestReporter_ignoresExpectedFaults(t *testing.T) {
	t.Parallel()
	reporter, failures := recording()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()

	reporter.Report(t.Context(), nil)
	for _, kind := range []fault.Kind{
		fault.NotFound, fault.Invalid, fault.Conflict, fault.Forbidden, fault.Unauthenticated, fault.TooMany, fault.TooLarge,
	} {
		reporter.Report(t.Context(), failing(t.Context(), kind.New("As expected.")))
	}
	reporter.Report(cancelled, failing(cancelled, cancelled.Err()))

	if got := failures(); len(got) != 0 {
		t.Errorf("got reports of %v, want none", got)
	}
}

func TestReporter_reportsUnwrappedErrors(t *testing.T) {
	t.Parallel()
	reporter, failures := recording()

	reporter.Report(t.Context(), io.EOF)

	if got := failures(); len(got) != 1 || got[0].Location != (observe.Location{}) {
		t.Errorf("got %+v, want one failure without a location", got)
	}
}

func TestReporter_includesTheTraceID(t *testing.T) {
	t.Parallel()
	ctx, _ := traced(t)
	reporter, failures := recording()

	reporter.Report(t.Context(), failing(ctx, io.EOF)) // outside of the trace
	reporter.Report(ctx, io.EOF)                       // an error that passed no wrapper

	for _, failure := range failures() {
		if len(failure.TraceID) != 32 {
			t.Errorf("got %+v, want it with its trace", failure)
		}
	}
}

func TestLogReporter_logsTheFailureWithItsLocation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err   error
		level string
	}{
		"a defect":                  {io.EOF, "ERROR"},
		"an unavailable dependency": {fault.Unavailable.Wrap(io.EOF, "The database is unavailable."), "WARN"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			reporter := observe.NewLogReporter(slog.New(slog.NewJSONHandler(&log, nil)))

			reporter.Report(t.Context(), failing(t.Context(), test.err))

			var line map[string]any
			if err := json.Unmarshal(log.Bytes(), &line); err != nil {
				t.Fatalf("the log is not one line: %v: %s", err, log.String())
			}
			want := map[string]string{
				"level": test.level, "msg": "blog.save failed", "error": test.err.Error(),
				"feature": "blog", "layer": "use_case", "name": "blog.save",
			}
			for key, value := range want {
				if line[key] != value {
					t.Errorf("%s is %q, want %q", key, line[key], value)
				}
			}
			if line["stack"] == "" {
				t.Error("the log has no stack")
			}
		})
	}
}
