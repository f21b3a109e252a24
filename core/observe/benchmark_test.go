package observe_test

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"example.com/pergola/core/observe"
)

func add(_ context.Context, n int) (int, error) { return n + 1, nil }

// BenchmarkUseCase_bare is the call that the others add to.
func BenchmarkUseCase_bare(b *testing.B) {
	useCase := add
	benchmark(b, b.Context(), useCase)
}

// BenchmarkUseCase_off is what an application without telemetry pays.
func BenchmarkUseCase_off(b *testing.B) {
	benchmark(b, b.Context(), observe.UseCase("sums.add", add))
}

// BenchmarkUseCase_on is what a recorded span costs, without its export.
func BenchmarkUseCase_on(b *testing.B) {
	provider := sdktrace.NewTracerProvider()
	ctx, span := provider.Tracer("benchmark").Start(b.Context(), "benchmark")
	defer span.End()
	benchmark(b, ctx, observe.UseCase("sums.add", add))
}

func benchmark(b *testing.B, ctx context.Context, useCase func(context.Context, int) (int, error)) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := useCase(ctx, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// Not parallel: other tests would be counted.
func TestUseCase_allocatesNothingWhileTelemetryIsOff(t *testing.T) {
	useCase := observe.UseCase("sums.add", add)
	ctx := t.Context()

	allocations := testing.AllocsPerRun(1000, func() { _, _ = useCase(ctx, 1) })

	if allocations != 0 {
		t.Errorf("a wrapped call allocates %v times, want none", allocations)
	}
}
