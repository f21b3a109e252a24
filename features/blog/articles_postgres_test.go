package blog_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/features/blog"
	"example.com/pergola/migrations"
)

// queryCounter counts what is asked of the database.
type queryCounter struct{ count atomic.Int64 }

func (q *queryCounter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	q.count.Add(1)
	return ctx
}

func (q *queryCounter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Readers come in numbers: each page of theirs is one query.
func TestReading_costsOneQueryAPage(t *testing.T) {
	t.Parallel()
	queries := &queryCounter{}
	db := databasetest.New(t, migrations.FS, database.WithTracer(queries))
	d := newDesk(storage{articles: blog.NewPostgresArticles(db), tx: db})
	d.retitle(t, d.publish(t, d.draft(t, "One")), "Two")

	for name, read := range map[string]func() error{
		"the front page": func() error { _, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{}); return err },
		"an article":     func() error { _, err := d.ReadArticle(as(t, nobody), "two"); return err },
		"an old address": func() error { _, err := d.ReadArticle(as(t, nobody), "one"); return err },
	} {
		before := queries.count.Load()

		err := read()

		if asked := queries.count.Load() - before; err != nil || asked != 1 {
			t.Errorf("%s costs %d queries, %v; want one", name, asked, err)
		}
	}
}
