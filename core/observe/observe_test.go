package observe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// traced returns a context whose spans are recorded by a provider of this test.
func traced(t *testing.T) (context.Context, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	ctx, root := provider.Tracer("test").Start(t.Context(), "test")
	t.Cleanup(func() { root.End() })
	return ctx, recorder
}

func onlySpan(t *testing.T, recorder *tracetest.SpanRecorder) sdktrace.ReadOnlySpan {
	t.Helper()
	ended := recorder.Ended()
	if len(ended) != 1 {
		t.Fatalf("got %d ended spans, want 1", len(ended))
	}
	return ended[0]
}

func attributeOf(span sdktrace.ReadOnlySpan, key string) string {
	for _, kv := range span.Attributes() {
		if kv.Key == attribute.Key(key) {
			return kv.Value.AsString()
		}
	}
	return ""
}

func TestUseCase_runsInASpanWithItsFeatureAndLayer(t *testing.T) {
	t.Parallel()
	ctx, recorder := traced(t)
	double := observe.UseCase("sums.double", func(_ context.Context, n int) (int, error) { return 2 * n, nil })

	got, err := double(ctx, 21)

	if got != 42 || err != nil {
		t.Errorf("got %d, %v, want 42, nil", got, err)
	}
	span := onlySpan(t, recorder)
	if span.Name() != "sums.double" {
		t.Errorf("the span is named %q, want sums.double", span.Name())
	}
	if feature, layer := attributeOf(span, "app.feature"), attributeOf(span, "app.layer"); feature != "sums" || layer != "use_case" {
		t.Errorf("the span is of feature %q and layer %q, want sums and use_case", feature, layer)
	}
	if span.Status().Code != codes.Unset {
		t.Errorf("the span of a success has status %v", span.Status())
	}
}

func TestRun_runsInASpanWithItsLayer(t *testing.T) {
	t.Parallel()
	for _, layer := range []observe.Layer{observe.LayerChannel, observe.LayerEvent, observe.LayerJob, observe.LayerSlot} {
		ctx, recorder := traced(t)

		err := observe.Run(ctx, layer, "blog.something", func(context.Context) error { return nil })

		if got := attributeOf(onlySpan(t, recorder), "app.layer"); err != nil || got != string(layer) {
			t.Errorf("got layer %q and error %v, want %q and none", got, err, layer)
		}
	}
}

func TestCommand_nestsItsSpanInTheSpanOfItsCaller(t *testing.T) {
	t.Parallel()
	ctx, recorder := traced(t)
	inner := observe.Command("blog.save", func(context.Context, string) error { return nil })
	outer := observe.Command("blog.publish", func(ctx context.Context, in string) error { return inner(ctx, in) })

	if err := outer(ctx, "x"); err != nil {
		t.Fatal(err)
	}

	ended := recorder.Ended()
	if len(ended) != 2 || ended[0].Name() != "blog.save" || ended[1].Name() != "blog.publish" {
		t.Fatalf("got spans %v, want blog.save and blog.publish", ended)
	}
	if ended[0].Parent().SpanID() != ended[1].SpanContext().SpanID() {
		t.Error("the inner span is not a child of the outer one")
	}
}

func TestSpans_areErrorsForFailuresOnly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want codes.Code
	}{
		"success":            {nil, codes.Unset},
		"a defect":           {io.ErrUnexpectedEOF, codes.Error},
		"no answer":          {fault.Unavailable.Wrap(io.EOF, "The database is unavailable."), codes.Error},
		"not found":          {fault.NotFound.New("There is no such article."), codes.Unset},
		"invalid":            {fault.InvalidFields(fault.Field{Name: "title", Message: "A title is required."}), codes.Unset},
		"a wrapped conflict": {fmt.Errorf("save: %w", fault.Conflict.New("Stale.")), codes.Unset},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, recorder := traced(t)

			err := observe.Run(ctx, observe.LayerUseCase, "blog.save", func(context.Context) error { return test.err })

			if !errors.Is(err, test.err) {
				t.Errorf("got error %v, want %v", err, test.err)
			}
			span := onlySpan(t, recorder)
			if span.Status().Code != test.want {
				t.Errorf("the span has status %v, want %v", span.Status().Code, test.want)
			}
			if _, marked := observe.Origin(err); marked != (test.want == codes.Error) {
				t.Errorf("the error is marked: %v, want %v", marked, !marked)
			}
		})
	}
}

func TestPanic_becomesAnErrorWithItsStack(t *testing.T) {
	t.Parallel()
	ctx, recorder := traced(t)
	lookUp := observe.UseCase("blog.look_up", func(_ context.Context, at int) (string, error) {
		return brokenLookUp(at), nil
	})

	got, err := lookUp(ctx, 3)

	if got != "" || err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Fatalf("got %q, %v, want an index out of range", got, err)
	}
	if kind := fault.KindOf(err); kind != fault.Internal {
		t.Errorf("the kind is %q, want internal", kind)
	}
	location, ok := observe.Origin(err)
	if !ok || location.Feature != "blog" || location.Layer != observe.LayerUseCase || location.Name != "blog.look_up" {
		t.Errorf("got the location %+v, want blog.look_up", location)
	}
	first, _, _ := strings.Cut(location.Stack, "\n")
	if !strings.HasSuffix(first, "brokenLookUp") {
		t.Errorf("the stack begins at %q, want brokenLookUp:\n%s", first, location.Stack)
	}
	span := onlySpan(t, recorder)
	if span.Status().Code != codes.Error || len(span.Events()) != 1 {
		t.Errorf("the span has status %v and %d events, want an error and one event", span.Status(), len(span.Events()))
	}
}

//go:noinline
func brokenLookUp(at int) string { return []string{"a"}[at] }

func TestPanic_withAFaultIsStillADefect(t *testing.T) {
	t.Parallel()

	err := observe.Run(t.Context(), observe.LayerJob, "blog.tidy", func(context.Context) error {
		panic(fault.NotFound.New("There is no such article."))
	})

	if kind := fault.KindOf(err); kind != fault.Internal {
		t.Errorf("the kind is %q, want internal", kind)
	}
}

func TestPanic_keepsAnErrorInTheChain(t *testing.T) {
	t.Parallel()

	err := observe.Run(t.Context(), observe.LayerSlot, "blog.page", func(context.Context) error { panic(io.ErrClosedPipe) })

	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want it to wrap %v", err, io.ErrClosedPipe)
	}
}

func TestOrigin_isTheInnermostLocation(t *testing.T) {
	t.Parallel()
	ctx, recorder := traced(t)
	inner := observe.Command("accounts.find", func(context.Context, string) error { return io.EOF })
	outer := observe.Command("blog.publish", func(ctx context.Context, in string) error {
		return fmt.Errorf("find the author: %w", inner(ctx, in))
	})

	err := observe.Run(ctx, observe.LayerEvent, "notifications.notify", func(ctx context.Context) error { return outer(ctx, "x") })

	location, _ := observe.Origin(err)
	if location.Name != "accounts.find" || location.Feature != "accounts" || location.Layer != observe.LayerUseCase {
		t.Errorf("got the location %+v, want accounts.find", location)
	}
	if !strings.Contains(location.Stack, "TestOrigin_isTheInnermostLocation") {
		t.Errorf("the stack does not show the caller:\n%s", location.Stack)
	}
	if err.Error() != "find the author: EOF" {
		t.Errorf("adding the location changed the text: %q", err)
	}
	recorded := slices.DeleteFunc(recorder.Ended(), func(s sdktrace.ReadOnlySpan) bool { return len(s.Events()) == 0 })
	if len(recorded) != 1 || recorded[0].Name() != "accounts.find" {
		t.Errorf("got %d spans that record the error, want only that of accounts.find", len(recorded))
	}
}

func TestOrigin_isUnknownForUnwrappedErrors(t *testing.T) {
	t.Parallel()
	if location, ok := observe.Origin(io.EOF); ok {
		t.Errorf("got the location %+v of an error that passed no wrapper", location)
	}
	if _, ok := observe.Origin(nil); ok {
		t.Error("got a location of no error")
	}
}

func TestCancellation_isNotAFailure(t *testing.T) {
	t.Parallel()
	ctx, recorder := traced(t)
	ctx, cancel := context.WithCancel(ctx)
	cancel()

	err := observe.Run(ctx, observe.LayerUseCase, "blog.read", func(ctx context.Context) error {
		return fmt.Errorf("query: %w", ctx.Err())
	})

	if _, marked := observe.Origin(err); marked {
		t.Error("the canceled call is marked as a failure")
	}
	if status := onlySpan(t, recorder).Status().Code; status != codes.Unset {
		t.Errorf("the span has status %v, want none", status)
	}
}

func TestDeadline_isAFailure(t *testing.T) {
	t.Parallel()

	err := observe.Run(t.Context(), observe.LayerJob, "blog.tidy", func(context.Context) error { return context.DeadlineExceeded })

	if _, marked := observe.Origin(err); !marked {
		t.Error("a timeout is not marked as a failure")
	}
}

func TestTraceParent_carriesTheTrace(t *testing.T) {
	t.Parallel()
	ctx, recorder := traced(t)
	var stored string
	_ = observe.Run(ctx, observe.LayerUseCase, "blog.publish", func(ctx context.Context) error {
		stored = observe.TraceParent(ctx)
		return nil
	})

	_ = observe.Run(observe.WithTraceParent(ctx, stored), observe.LayerEvent, "notifications.notify", func(context.Context) error { return nil })

	ended := recorder.Ended()
	if len(ended) != 2 {
		t.Fatalf("got %d spans, want 2", len(ended))
	}
	if ended[1].Parent().SpanID() != ended[0].SpanContext().SpanID() {
		t.Error("the handler's span is not a child of the publisher's")
	}
}

func TestTraceParent_isEmptyWithoutASpan(t *testing.T) {
	t.Parallel()
	if got := observe.TraceParent(t.Context()); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
	for _, text := range []string{"", "nonsense"} {
		ctx := observe.WithTraceParent(t.Context(), text)
		if err := observe.Run(ctx, observe.LayerJob, "blog.tidy", func(context.Context) error { return nil }); err != nil {
			t.Errorf("after WithTraceParent(%q) got %v", text, err)
		}
	}
}
