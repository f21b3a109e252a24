package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/bench/internal/program"
	"example.com/pergola/core/database/embedded"
)

// fanOut measures how long an article takes to reach its readers, and what
// visitors of the front page notice in the meantime.
func fanOut(ctx context.Context, server *embedded.Server, dir string, s settings) error {
	binary := filepath.Join(dir, "web")
	if err := program.BuildWeb(ctx, binary); err != nil {
		return err
	}
	seeding, err := program.StartWeb(ctx, binary, server.URL(), "development")
	if err != nil {
		return err
	}
	seeding.Stop()
	conn, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, `insert into accounts_users (id, email, name, roles, search_text, created_at, updated_at)
		select gen_random_uuid(), email, 'Reader', '{reader}', email || ' reader', now(), now()
		from (select 'reader-' || n || '@bench.example' as email from generate_series(1, $1) n) addresses`, s.readers)
	if err != nil {
		return fmt.Errorf("create the readers: %w", err)
	}
	if _, err := conn.Exec(ctx, `analyze`); err != nil {
		return err
	}
	web, err := program.StartWeb(ctx, binary, server.URL(), "production")
	if err != nil {
		return err
	}
	defer web.Stop()
	desk, err := signIn(web.URL)
	if err != nil {
		return err
	}
	return measureFanOut(ctx, web, desk, conn, s)
}

func measureFanOut(ctx context.Context, web *program.Program, desk *editor, conn *pgx.Conn, s settings) error {
	const calm = 3 * time.Second
	var took []time.Duration
	var before, meanwhile []time.Duration
	for n := range s.articles + 1 {
		visitors := visit(ctx, web.URL+"/")
		time.Sleep(calm)
		quiet := visitors.leave()

		visitors = visit(ctx, web.URL+"/")
		end, err := desk.publish(ctx, conn, fmt.Sprint("Article ", n), s.readers)
		busy := visitors.leave()
		if err := errors.Join(err, quiet.err, busy.err); err != nil {
			return err
		}
		if n == 0 {
			continue // warm up
		}
		took, before, meanwhile = append(took, end), append(before, quiet.took...), append(meanwhile, busy.took...)
	}
	fmt.Printf("one article to %d readers in %s (median of %d, %s to %s)\n\n", s.readers, median(took).Round(time.Millisecond),
		s.articles, slices.Min(took).Round(time.Millisecond), slices.Max(took).Round(time.Millisecond))
	fmt.Printf("%-28s %12s %12s %12s %12s\n", "front page, 50 a second", "requests", "median", "p99", "of before")
	base := percentile(before, 99)
	for _, row := range []struct {
		name string
		took []time.Duration
	}{{"before", before}, {"meanwhile", meanwhile}} {
		p99 := percentile(row.took, 99)
		fmt.Printf("%-28s %12d %12s %12s %12.2f\n", row.name, len(row.took), percentile(row.took, 50).Round(10*time.Microsecond),
			p99.Round(10*time.Microsecond), float64(p99)/float64(base))
	}
	return nil
}

func percentile(took []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)*percent/100]
}

// visitors request a page at a steady rate, whether or not earlier requests have
// completed.
type visitors struct {
	stop  chan struct{}
	group sync.WaitGroup
	mu    sync.Mutex
	seen  sight
}

type sight struct {
	took []time.Duration
	err  error
}

const every = 20 * time.Millisecond

func visit(ctx context.Context, address string) *visitors {
	v := &visitors{stop: make(chan struct{})}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	v.group.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-v.stop:
				return
			case <-ctx.Done():
				return
			case asked := <-ticker.C:
				v.group.Go(func() { v.ask(client, address, asked) })
			}
		}
	})
	return v
}

func (v *visitors) ask(client *http.Client, address string, asked time.Time) {
	response, err := client.Get(address)
	if err == nil {
		_, err = drain(response)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err != nil {
		v.seen.err = err
		return
	}
	v.seen.took = append(v.seen.took, time.Since(asked))
}

// leave stops the visitors and returns what they saw.
func (v *visitors) leave() sight {
	close(v.stop)
	v.group.Wait()
	return v.seen
}

// editor is a signed-in user who writes articles.
type editor struct {
	http *http.Client
	url  string
}

func signIn(address string) (*editor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	e := &editor{http: &http.Client{Jar: jar}, url: address}
	_, err = e.post("/sign-in", url.Values{"email": {"ada@example.com"}, "password": {"pergola-dev"}})
	return e, err
}

// post sends a form and returns the resulting page.
func (e *editor) post(path string, form url.Values) (string, error) {
	response, err := e.http.PostForm(e.url+path, form)
	if err != nil {
		return "", err
	}
	return drain(response)
}

var (
	publishPath    = regexp.MustCompile(`/desk/articles/([0-9a-f-]{36})/publish`)
	articleVersion = regexp.MustCompile(`name="version" value="(\d+)"`)
)

// publish makes an article public and waits until every reader except its author
// has the notification.
func (e *editor) publish(ctx context.Context, conn *pgx.Conn, title string, readers int) (time.Duration, error) {
	form := url.Values{"title": {title}, "body": {"Some words about " + title + "."}}
	page, err := e.post("/desk/articles", form)
	if err != nil {
		return 0, err
	}
	found, version := publishPath.FindStringSubmatch(page), articleVersion.FindStringSubmatch(page)
	if found == nil || version == nil {
		return 0, errors.New("the page of the draft has no Publish button")
	}
	form.Set("version", version[1])
	began := time.Now()
	if _, err := e.post(found[0], form); err != nil {
		return 0, err
	}
	if err := arrived(ctx, conn, found[1]); err != nil {
		return 0, err
	}
	took := time.Since(began)
	var there int
	err = conn.QueryRow(ctx, `select count(*) from notifications_notifications where source_id = $1`, found[1]).Scan(&there)
	if err == nil && there < readers {
		err = fmt.Errorf("the last reader was notified, but only %d of %d readers", there, readers)
	}
	return took, err
}

// arrived waits until the last reader was notified. It queries by key and with a
// fresh plan, so that measuring costs next to nothing: counting all rows, or a
// plan made for an empty table, would keep Postgres busy.
func arrived(ctx context.Context, conn *pgx.Conn, articleID string) error {
	var last string
	if err := conn.QueryRow(ctx, `select id::text from accounts_users order by id desc limit 1`).Scan(&last); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		var there bool
		err := conn.QueryRow(ctx, `select exists (select from notifications_notifications where user_id = $1 and source_id = $2)`,
			pgx.QueryExecModeExec, last, articleID).Scan(&there)
		if err != nil {
			return fmt.Errorf("wait for the last reader's notification: %w", err)
		}
		if there {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// drain reads a complete response, and fails for every status but 200.
func drain(response *http.Response) (string, error) {
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", response.Request.URL.Path, response.Status)
	}
	return string(page), err
}
