package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"example.com/pergola/core/database"
)

// Kind returns the name that River stores.
func (measurement) Kind() string { return "measurement" }

// bare is River without our code, with the same settings: the job is inserted in a
// transaction and completed in a transaction.
type bare struct {
	db     *database.DB
	client *river.Client[pgx.Tx]
}

type bareWorker struct {
	river.WorkerDefaults[measurement]
	db      *database.DB
	handled *handled
}

func (w *bareWorker) Work(ctx context.Context, job *river.Job[measurement]) error {
	w.handled.begin()
	err := pgx.BeginFunc(ctx, w.db.Pool(), func(tx pgx.Tx) error {
		_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
	if err == nil {
		w.handled.done()
	}
	return err
}

func openRiver(ctx context.Context, db *database.DB) (measured, error) {
	handled := newHandled()
	workers := river.NewWorkers()
	river.AddWorker(workers, &bareWorker{db: db, handled: handled})
	client, err := river.NewClient(riverpgxv5.New(db.Pool()), &river.Config{
		Logger:        slog.New(slog.DiscardHandler),
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: width}},
		Workers:       workers,
		FetchCooldown: cooldown,
	})
	if err != nil {
		return measured{}, err
	}
	if err := client.Start(ctx); err != nil {
		return measured{}, err
	}
	return measured{&bare{db, client}, handled}, nil
}

func (b *bare) publish(ctx context.Context, number int) error {
	return pgx.BeginFunc(ctx, b.db.Pool(), func(tx pgx.Tx) error {
		_, err := b.client.InsertTx(ctx, tx, measurement{Number: number, Text: text}, nil)
		return err
	})
}

func (b *bare) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = b.client.Stop(ctx)
}
