package events_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

// benchmarked is a started dispatcher with one handler.
func benchmarked(b *testing.B, db *database.DB, handle func(context.Context, greeted) error) *events.Postgres {
	b.Helper()
	dispatcher, err := events.NewPostgres(db, events.PostgresOptions{Concurrency: 100})
	if err != nil {
		b.Fatal(err)
	}
	err = dispatcher.Seal([]feature.Manifest{{Name: "greetings", Parts: []feature.Part{
		events.Events{greetedEvent}, events.Handlers{events.Handle(greetedEvent, "greetings.wave", handle)},
	}}})
	if err != nil {
		b.Fatal(err)
	}
	if err := dispatcher.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := dispatcher.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return dispatcher
}

// From the commit of a transaction to the beginning of the handler, when
// nothing else goes on. ns/op includes the transaction.
func BenchmarkPostgres_commitToHandler(b *testing.B) {
	db := databasetest.New(b)
	begun := make(chan time.Time)
	dispatcher := benchmarked(b, db, func(context.Context, greeted) error {
		begun <- time.Now()
		return nil
	})
	var latencies []time.Duration
	for b.Loop() {
		err := db.InTx(b.Context(), func(ctx context.Context) error {
			return greetedEvent.Publish(ctx, dispatcher, greeted{Name: "Ada"})
		})
		committed := time.Now()
		if err != nil {
			b.Fatal(err)
		}
		latencies = append(latencies, (<-begun).Sub(committed))
	}
	slices.Sort(latencies)
	b.ReportMetric(float64(latencies[len(latencies)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds())/1000, "p99-ms")
}

// Published by eight at once and handled by one handler, effectively once.
func BenchmarkPostgres_publishAndHandle(b *testing.B) {
	db := databasetest.New(b, database.WithMaxConns(20))
	var handled atomic.Int64
	dispatcher := benchmarked(b, db, events.Once(db, func(context.Context, greeted) error {
		handled.Add(1)
		return nil
	}))
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := db.InTx(b.Context(), func(ctx context.Context) error {
				return greetedEvent.Publish(ctx, dispatcher, greeted{Name: "Ada"})
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
	if err := dispatcher.Drain(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
