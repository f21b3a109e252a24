package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
	"example.com/pergola/migrations"
)

// outageDuration returns how long the database is down.
func outageDuration() time.Duration {
	if testing.Short() {
		return time.Second
	}
	return 10 * time.Second
}

// drafts records what several writers save, and the responses they get.
type drafts struct {
	t      *testing.T
	site   *site
	editor *apptest.Client

	mu         sync.Mutex
	done       []string // reported as saved
	rejected   []string // rejected with 503
	unexpected []string // any other response
}

func (d *drafts) save(title string) {
	form := url.Values{"title": {title}, "body": {"Words."}}
	got := d.site.ask(d.t, d.editor, http.MethodPost, "/desk/articles", form.Encode(), asForm)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case got.Status == http.StatusSeeOther && strings.HasSuffix(got.Header.Get("Location"), "/edit"):
		d.done = append(d.done, title)
	case got.Status == http.StatusServiceUnavailable:
		d.rejected = append(d.rejected, title)
	default:
		d.unexpected = append(d.unexpected, fmt.Sprintf("%s: %d to %q", title, got.Status, got.Header.Get("Location")))
	}
}

func (d *drafts) counts() (done, rejected int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.done), len(d.rejected)
}

// keepWriting lets several writers save drafts until stop is called.
func (d *drafts) keepWriting(writers int) (stop func()) {
	var ended atomic.Bool
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			pace := time.NewTicker(20 * time.Millisecond)
			defer pace.Stop()
			for n := 0; !ended.Load(); n++ {
				d.save(fmt.Sprintf("Draft %d of writer %d", n, writer))
				<-pace.C
			}
		})
	}
	return sync.OnceFunc(func() {
		ended.Store(true)
		group.Wait()
	})
}

func TestHostile_survivesADatabaseOutage(t *testing.T) {
	t.Parallel()
	database := databasetest.NewServer(t, migrations.FS)
	s := startSite(t, func(config *Config) { config.DatabaseURL = database.URL() })
	editor, reader := s.signIn(t, ada), s.signIn(t, grace)
	socket, visitor := s.socket(t, reader), s.socket(t, apptest.NewClient(t, s.URL))
	socket.MustSubscribe("blog.article.feed")
	visitor.MustSubscribe("blog.article.feed")
	token := reader.Cookies()[0].Value
	writing := &drafts{t: t, site: s, editor: editor}
	stop := writing.keepWriting(4)
	t.Cleanup(stop)
	waitUntil(t, "drafts are saved", func() bool { done, _ := writing.counts(); return done > 10 })

	database.Stop()
	pace := time.NewTicker(200 * time.Millisecond)
	defer pace.Stop()
	for deadline := time.Now().Add(outageDuration()); time.Now().Before(deadline); <-pace.C {
		s.checkOutage(t, reader)
		for name, listener := range map[string]*realtimetest.Client{"a reader": socket, "a visitor": visitor} {
			if err := listener.Sync(); err != nil {
				t.Fatalf("the socket of %s was disconnected: %v", name, err)
			}
		}
	}
	waitUntil(t, "writers get errors", func() bool { _, rejected := writing.counts(); return rejected > 10 })
	database.Start()

	before, _ := writing.counts()
	waitUntil(t, "drafts are saved again", func() bool { done, _ := writing.counts(); return done > before+10 })
	stop()
	waitUntil(t, "the site is ready", func() bool { return s.ask(t, nil, http.MethodGet, "/readyz", "").Status == http.StatusOK })
	writing.checkStored(t)
	if page := reader.Get("/account"); page.Path != "/account" || reader.Cookies()[0].Value != token {
		t.Errorf("the reader was signed out by the outage: %s", page.Path)
	}
	publish(t, editor, "We are back")
	for name, listener := range map[string]*realtimetest.Client{"a reader": socket, "a visitor": visitor} {
		if got := realtimetest.Next(listener, blog.ArticleFeedChannel).Payload; got.Title != "We are back" {
			t.Errorf("%s received %+v", name, got)
		}
	}
}

// checkOutage checks how the site responds while its database is down.
func (s *site) checkOutage(t *testing.T, reader *apptest.Client) {
	t.Helper()
	for path, client := range map[string]*apptest.Client{"/": reader, "/account": reader, "/articles/welcome": nil, "/sign-in": reader, "/feed.xml": nil} {
		got := s.ask(t, client, http.MethodGet, path, "", header{"Accept", "text/html"})
		heading := got.page(t).Find("main h1").Text()
		if got.Status != http.StatusServiceUnavailable || heading == "" || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d, heading %q, Retry-After %q, want a 503 page", path, got.Status, heading, got.Header.Get("Retry-After"))
		}
		if strings.Contains(got.Body, "dial") || strings.Contains(got.Body, "postgres") || strings.Contains(got.Body, "SQLSTATE") {
			t.Errorf("%s leaks internals: %s", path, got.page(t).Find("main").Text())
		}
		if got.Header.Get("Set-Cookie") != "" || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Set-Cookie %q, Cache-Control %q, want no cookie and no-store", path, got.Header.Get("Set-Cookie"), got.Header.Get("Cache-Control"))
		}
	}
	if got := s.ask(t, nil, http.MethodPost, "/sign-in", "email=ada@example.com&password="+samplePassword, asForm); got.Status != http.StatusServiceUnavailable && got.Status != http.StatusTooManyRequests {
		t.Errorf("signing in: status %d, want 503", got.Status)
	}
	// The error page returns the submitted text with a button to submit it again,
	// but not if another site submitted it.
	foreign := s.ask(t, reader, http.MethodPost, "/desk/articles", "title=Of+another+site&body=Words", asForm, header{"Origin", "https://evil.example"})
	if foreign.Status != http.StatusForbidden || strings.Contains(foreign.Body, "Of another site") {
		t.Errorf("a form of another site: status %d, want 403 without the submitted text", foreign.Status)
	}
	if got := s.ask(t, nil, http.MethodGet, "/healthz", ""); got.Status != http.StatusOK {
		t.Errorf("/healthz: status %d, want 200, so that the process is not restarted", got.Status)
	}
	if got := s.ask(t, nil, http.MethodGet, "/readyz", ""); got.Status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: status %d, want 503", got.Status)
	}
	rejection := realtimetest.DialRejected(t, s.URL, http.Header{"Origin": {s.URL}, "Cookie": {reader.Cookies()[0].String()}})
	if !errors.Is(rejection, fault.Unavailable) {
		t.Errorf("a socket is rejected with %v, want unavailable", rejection)
	}
}

// checkStored checks that drafts reported as saved are stored once, and rejected
// ones are not, unless the response said that the result is uncertain.
func (d *drafts) checkStored(t *testing.T) {
	t.Helper()
	stored := map[string]int{}
	query(t, d.site, func(db *pgx.Conn) error {
		rows, err := db.Query(t.Context(), `select title from blog_articles where title like 'Draft %'`)
		if err != nil {
			return err
		}
		titles, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, title := range titles {
			stored[title]++
		}
		return err
	})
	for _, title := range d.done {
		if stored[title] != 1 {
			t.Errorf("%q was reported as saved, and is stored %d times", title, stored[title])
		}
	}
	for title, n := range stored {
		if n != 1 {
			t.Errorf("%q is stored %d times", title, n)
		}
	}
	if len(d.unexpected) > 0 {
		t.Errorf("responses that are neither a redirect nor a 503: %v", d.unexpected)
	}
	t.Logf("%d drafts were saved, %d rejected, %d stored", len(d.done), len(d.rejected), len(stored))
}

// waitUntil waits for a condition.
func waitUntil(t *testing.T, what string, holds func() bool) {
	t.Helper()
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for deadline := time.Now().Add(hostileTimeout); !holds(); <-pace.C {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s", what)
		}
	}
}
