// Abuse measures what ordinary visitors notice while the application is
// attacked: thousands of idle connections, hundreds of sign-in attempts a second.
// See ../README.md.
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
	"time"

	"example.com/pergola/bench/internal/program"
	"example.com/pergola/core/database/embedded"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var plan plan
	flags := flag.NewFlagSet("bench/abuse", flag.ContinueOnError)
	flags.IntVar(&plan.connections, "connections", 2000, "number of idle connections")
	flags.IntVar(&plan.attempts, "attempts", 200, "sign-in attempts per second")
	flags.DurationVar(&plan.duration, "duration", 10*time.Second, "duration of each row")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pergola-abuse-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil { // the database server may run as another user
		return err
	}
	return bench(ctx, dir, plan)
}

func bench(ctx context.Context, dir string, plan plan) (err error) {
	server, err := embedded.Start(ctx, embedded.Options{Dir: filepath.Join(dir, "postgres"), Log: io.Discard})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	web, err := startWeb(ctx, dir, server.URL())
	if err != nil {
		return err
	}
	defer web.Stop()

	fmt.Printf("%d idle connections, %d sign-ins a second, %v per row\n\n", plan.connections, plan.attempts, plan.duration)
	rows, err := plan.carryOut(ctx, web)
	if err != nil {
		return err
	}
	printTable(rows)
	return nil
}

// addressHeader contains the client's address, as set by a proxy, so that one
// machine can act as many clients.
const addressHeader = "X-Test-Address"

// startWeb starts the application in production mode, with the sample data that
// it created in development mode before.
func startWeb(ctx context.Context, dir, databaseURL string) (*program.Program, error) {
	binary := filepath.Join(dir, "web")
	if err := program.BuildWeb(ctx, binary); err != nil {
		return nil, err
	}
	seeding, err := program.StartWeb(ctx, binary, databaseURL, "development", "LOG_LEVEL=warn")
	if err != nil {
		return nil, err
	}
	seeding.Stop()
	return program.StartWeb(ctx, binary, databaseURL, "production", "CLIENT_IP_HEADER="+addressHeader, "LOG_LEVEL=error")
}

func printTable(rows []row) {
	fmt.Printf("%-46s %8s %8s %8s %7s %9s %25s %8s\n", "", "median", "p95", "longest", "failed", "sign-ins", "attempts: 422/429/503/?", "memory")
	for _, r := range rows {
		fmt.Printf("%-46s %8s %8s %8s %7d %6d/%-2d %25s %5.0f MB\n", r.name,
			round(r.pages.quantile(0.5)), round(r.pages.quantile(0.95)), round(r.pages.quantile(1)), r.pages.failed,
			r.signIns.worked, r.signIns.tried, r.attempts, r.residentMB)
	}
}

func round(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
