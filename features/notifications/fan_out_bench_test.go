package notifications_test

import (
	"context"
	"log/slog"
	"strconv"
	"testing"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/backplane"
	"example.com/pergola/features/blog"
	"example.com/pergola/migrations"
)

// BenchmarkNotifyReaders notifies 10,000 readers without open pages of an
// article, from its publication to the last commit.
func BenchmarkNotifyReaders(b *testing.B) {
	for _, processes := range []string{"one process", "several"} {
		for _, width := range []int{1, 2, 4, 10} {
			b.Run(processes+"/"+strconv.Itoa(width)+" batches at once", func(b *testing.B) {
				fanOut(b, processes == "several", width)
			})
		}
	}
}

func fanOut(b *testing.B, several bool, width int) {
	const readers = 10_000
	ctx, db, logger := b.Context(), databasetest.New(b, migrations.FS), slog.New(slog.DiscardHandler)
	outbox, err := events.NewDispatcher(db, events.DispatcherOptions{})
	if err != nil {
		b.Fatal(err)
	}
	queue, err := jobs.NewWorker(db, jobs.WorkerOptions{})
	if err != nil {
		b.Fatal(err)
	}
	relay := backplane.NewRelay(realtime.NewHub(logger), nil, logger)
	if several {
		relay = backplane.NewRelay(realtime.NewHub(logger), backplane.NewPostgres(db, logger), logger)
	}
	o := newFixtureWith(storesOn(db), relay, outbox, queue)
	o.accounts.ids = newIDs(readers)
	manifests := []feature.Manifest{o.Manifest(), {Name: "blog", Parts: []feature.Part{events.Events{blog.ArticlePublishedEvent}}}}
	for n, part := range manifests[0].Parts {
		if _, ok := part.(jobs.Queues); ok {
			manifests[0].Parts[n] = jobs.Queues{{Name: "notices", Concurrency: width}}
		}
	}
	for _, err := range []error{outbox.Register(manifests), queue.Register(manifests), relay.Start(ctx), outbox.Start(ctx), queue.Start(ctx)} {
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() {
		ctx := context.Background()
		_, _, _ = outbox.Stop(ctx), queue.Stop(ctx), relay.Stop(ctx)
	})

	sent := 0
	for b.Loop() {
		err := db.InTx(ctx, func(ctx context.Context) error {
			return blog.ArticlePublishedEvent.Publish(ctx, outbox, articleBy(ada, "Mulching"))
		})
		if err != nil {
			b.Fatal(err)
		}
		for sent += readers; stored(b, db) < sent; {
		}
	}
	b.ReportMetric(float64(b.N*readers)/b.Elapsed().Seconds(), "readers/s")
}

func stored(b *testing.B, db *database.DB) (count int) {
	b.Helper()
	if err := db.QueryRow(b.Context(), `select coalesce(sum(revision), 0) from notifications_inboxes`).Scan(&count); err != nil {
		b.Fatal(err)
	}
	return count
}
