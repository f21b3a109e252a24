package durable_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
)

type greeting struct {
	Name string `json:"name"`
}

func (greeting) Kind() string { return "greeting" }

type greeter struct {
	river.WorkerDefaults[greeting]
	db   *database.DB
	done *atomic.Int64
}

func (g *greeter) Work(ctx context.Context, job *river.Job[greeting]) error {
	err := pgx.BeginFunc(ctx, g.db.Pool(), func(tx pgx.Tx) error {
		_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
	if err == nil {
		g.done.Add(1)
	}
	return err
}

// What River does by itself with as many workers, the same cooldown and
// completion in a transaction: the baseline of BenchmarkPostgres_publishAndHandle
// in core/events.
func BenchmarkRiver_insertAndWork(b *testing.B) {
	db := databasetest.New(b, database.WithMaxConns(20))
	var done atomic.Int64
	workers := river.NewWorkers()
	river.AddWorker(workers, &greeter{db: db, done: &done})
	client, err := river.NewClient(riverpgxv5.New(db.Pool()), &river.Config{
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}},
		Workers:       workers,
		FetchCooldown: 5 * time.Millisecond,
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := client.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := pgx.BeginFunc(b.Context(), db.Pool(), func(tx pgx.Tx) error {
				_, err := client.InsertTx(b.Context(), tx, greeting{Name: "Ada"}, nil)
				return err
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
	for done.Load() < int64(b.N) {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	if err := client.Stop(context.Background()); err != nil {
		b.Error(err)
	}
}
