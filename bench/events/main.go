// Events measures what events cost: compared with bare River in the same run, from
// a commit to its handler, and from one article to ten thousand readers. See
// ../README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/embedded"
	"example.com/pergola/migrations"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are the options of the benchmark.
type settings struct {
	rounds, events, samples, readers, articles int
	fanOut                                     bool
}

func run(ctx context.Context, args []string) (err error) {
	var s settings
	flags := flag.NewFlagSet("bench/events", flag.ContinueOnError)
	flags.IntVar(&s.rounds, "rounds", 3, "number of measurements of each; the table shows medians")
	flags.IntVar(&s.events, "events", 5000, "number of events per round")
	flags.IntVar(&s.samples, "samples", 100, "number of events per round for the latency on an idle system")
	flags.IntVar(&s.readers, "readers", 10_000, "number of readers of an article")
	flags.IntVar(&s.articles, "articles", 20, "number of articles published, one after the other")
	flags.BoolVar(&s.fanOut, "fan-out", true, "also measure the fan-out of articles, with the production build")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pergola-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil { // the database server may run as another user
		return err
	}
	server, err := embedded.Start(ctx, embedded.Options{Dir: filepath.Join(dir, "postgres"), Log: io.Discard})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	if err := compare(ctx, server, s); err != nil {
		return err
	}
	if !s.fanOut {
		return nil
	}
	fmt.Println()
	return fanOut(ctx, server, dir, s)
}

// compare measures our events and bare River, each on its own database of the
// same server, alternating.
func compare(ctx context.Context, server *embedded.Server, s settings) error {
	candidates := []*candidate{
		{name: "baseline: bare River", open: openRiver},
		{name: "pergola, one handler", open: openPergola},
	}
	for n, c := range candidates {
		db, err := openDatabase(ctx, server, fmt.Sprint("candidate_", n))
		if err != nil {
			return err
		}
		defer db.Close()
		if c.subject, err = c.open(ctx, db); err != nil {
			return err
		}
		defer c.subject.stop()
	}
	return measureAll(ctx, candidates, s)
}

// openDatabase creates a database with all migrations.
func openDatabase(ctx context.Context, server *embedded.Server, name string) (*database.DB, error) {
	conn, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, `create database `+pgx.Identifier{name}.Sanitize()); err != nil {
		return nil, err
	}
	url, err := urlOf(server.URL(), name)
	if err != nil {
		return nil, err
	}
	db, err := database.Open(ctx, url, database.WithMaxConns(20))
	if err != nil {
		return nil, err
	}
	if err := migrations.Run(ctx, db); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}
