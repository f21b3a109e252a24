// Http measures how many front pages a second the application serves, compared
// with the minimum cost of such a page in Go on the same machine in the same run.
// See ../README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

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
	if len(args) == 4 && args[0] == "baseline" {
		return serveBaseline(ctx, args[1], args[2], args[3])
	}
	flags := flag.NewFlagSet("bench/http", flag.ContinueOnError)
	rounds := flags.Int("rounds", 3, "number of measurements of each server; the table shows medians")
	duration := flags.Duration("duration", 4*time.Second, "duration of each measurement")
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
	return bench(ctx, dir, *rounds, *duration)
}

func bench(ctx context.Context, dir string, rounds int, duration time.Duration) (err error) {
	server, err := embedded.Start(ctx, embedded.Options{Dir: filepath.Join(dir, "postgres"), Log: io.Discard})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	binary := filepath.Join(dir, "web")
	if err := program.BuildWeb(ctx, binary); err != nil {
		return err
	}
	if err := prepare(ctx, binary, server.URL()); err != nil {
		return err
	}

	ours, err := program.StartWeb(ctx, binary, server.URL(), "production")
	if err != nil {
		return err
	}
	defer ours.Stop()
	idle, err := ours.ResidentMB()
	if err != nil {
		return err
	}
	cookie, err := signIn(ours.URL)
	if err != nil {
		return err
	}
	pageFile := filepath.Join(dir, "page.html")
	size, err := fetch(ours.URL+"/", pageFile)
	if err != nil {
		return err
	}
	plain, err := startBaseline(ctx, server.URL(), pageFile)
	if err != nil {
		return err
	}
	defer plain.Stop()

	fmt.Printf("front page, 20 articles from Postgres, %d bytes, %d connections, %d rounds of %v\n\n", size, connections, rounds, duration)
	candidates := []candidate{
		{name: "baseline: net/http + pgx, page from memory", addr: plain.Addr},
		{name: "pergola, anonymous visitor", addr: ours.Addr},
		{name: "pergola, signed-in reader", addr: ours.Addr, cookie: cookie},
	}
	if err := measureAll(candidates, rounds, duration); err != nil {
		return err
	}
	printTable(candidates)
	loaded, err := ours.ResidentMB()
	if err != nil {
		return err
	}
	fmt.Printf("\nresident memory of the program: %.1f MB idle, %.1f MB after the load\n", idle, loaded)
	return nil
}

// candidate is one row of the table.
type candidate struct {
	name, addr, cookie string
	loads              []load
}

// measureAll alternates, so that a slow moment of the machine affects all equally.
func measureAll(candidates []candidate, rounds int, duration time.Duration) error {
	for i := range candidates {
		if _, err := measure(candidates[i].addr, "/", candidates[i].cookie, duration/4); err != nil { // warm up
			return err
		}
	}
	for range rounds {
		for i := range candidates {
			c := &candidates[i]
			result, err := measure(c.addr, "/", c.cookie, duration)
			if err != nil {
				return err
			}
			c.loads = append(c.loads, result)
		}
	}
	return nil
}

func printTable(candidates []candidate) {
	fmt.Printf("%-44s %12s %10s %10s %12s\n", "", "requests/s", "median", "p99", "of baseline")
	base := medianLoad(candidates[0].loads)
	for _, c := range candidates {
		m := medianLoad(c.loads)
		fmt.Printf("%-44s %12.0f %10s %10s %12.2f\n", c.name, m.perSecond, m.median.Round(10*time.Microsecond), m.p99.Round(10*time.Microsecond), m.perSecond/base.perSecond)
	}
}

// medianLoad returns the run with the median requests per second.
func medianLoad(loads []load) load {
	sorted := slices.SortedFunc(slices.Values(loads), func(a, b load) int { return int(a.perSecond - b.perSecond) })
	return sorted[len(sorted)/2]
}

// prepare lets the application create its tables and sample data, and adds copies
// of its articles until the front page is full.
func prepare(ctx context.Context, binary, databaseURL string) error {
	seeding, err := program.StartWeb(ctx, binary, databaseURL, "development")
	if err != nil {
		return err
	}
	seeding.Stop()
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, `
		create temp table copies as select * from blog_articles where state = 'published';
		update copies set id = gen_random_uuid(), slug = slug || '-again', published_at = published_at - interval '1 year';
		insert into blog_articles select * from copies;
		insert into blog_article_slugs (slug, article_id) select slug, id from copies;
		analyze`)
	if err != nil {
		return fmt.Errorf("fill the front page: %w", err)
	}
	return nil
}

// signIn returns the session cookie of a reader.
func signIn(baseURL string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Jar: jar}
	response, err := client.PostForm(baseURL+"/sign-in", url.Values{"email": {"grace@example.com"}, "password": {"pergola-dev"}})
	if err != nil {
		return "", err
	}
	_ = response.Body.Close()
	address, err := url.Parse(baseURL)
	if err != nil {
		return "", err
	}
	cookies := jar.Cookies(address)
	if len(cookies) == 0 || response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("sign in: status %d, %d cookies", response.StatusCode, len(cookies))
	}
	return cookies[0].Name + "=" + cookies[0].Value, nil
}

// fetch stores a page in a file, for the baseline to serve.
func fetch(address, file string) (int, error) {
	response, err := http.Get(address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s responded with %s", address, response.Status)
	}
	if err != nil {
		return 0, err
	}
	return len(page), os.WriteFile(file, page, 0o644)
}
