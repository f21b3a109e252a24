package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/pergola/bench/internal/program"
)

// frontPageQuery is the front page's query.
const frontPageQuery = `
	select id, slug, title, excerpt, author_name, published_at, changed_at
	from blog_articles
	where state = 'published' and (published_at, id) < ($1, $2)
	order by published_at desc, id desc
	limit $3`

type row struct {
	id, slug, title, excerpt, authorName string
	publishedAt, changedAt               time.Time
}

// serveBaseline is the minimum cost of the front page in Go: the same query
// through the same driver into a slice, then the bytes of our own page from memory.
// It runs in a separate process, like the application.
func serveBaseline(ctx context.Context, addr, databaseURL, pageFile string) error {
	page, err := os.ReadFile(pageFile)
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer pool.Close()
	length := strconv.Itoa(len(page))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := frontPageRows(r.Context(), pool); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(page)
	})
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func frontPageRows(ctx context.Context, pool *pgxpool.Pool) ([]row, error) {
	top := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	rows, err := pool.Query(ctx, frontPageQuery, top, "ffffffff-ffff-ffff-ffff-ffffffffffff", 21)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make([]row, 0, 21)
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.slug, &r.title, &r.excerpt, &r.authorName, &r.publishedAt, &r.changedAt); err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

// startBaseline runs the baseline in a separate process.
func startBaseline(ctx context.Context, databaseURL, pageFile string) (*program.Program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := program.FreeAddr()
	if err != nil {
		return nil, err
	}
	return program.Start(ctx, exec.CommandContext(ctx, self, "baseline", addr, databaseURL, pageFile), addr, "/")
}
