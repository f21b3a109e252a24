package notifications_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/events" // <with:blog/>
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/blog" // <with:blog/>
	"example.com/pergola/features/notifications"
	"example.com/pergola/migrations"
)

// site is a running application with notifications in it, and nothing but what
// it needs.
type site struct {
	*apptest.App
	*realtimetest.Server
	*eventstest.Dispatcher
	*jobstest.Worker
	*office
}

func newSite(t testing.TB, change ...func(*notifications.Deps)) *site {
	t.Helper()
	s := &site{}
	s.App = apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		s.Server, s.Dispatcher, s.Worker = realtimetest.NewServer(infra), eventstest.NewDispatcher(infra), jobstest.NewWorker(infra)
		s.office = newOfficeWith(onPostgresOf(infra.DB), s.Hub, s.Outbox, s.Queue)
		deps := s.office.Deps
		var header []feature.HeaderItem
		deps.Sessions = infra.Sessions
		deps.Respond = respond.New(respond.Options{Frame: func(_ context.Context, page respond.Page) templ.Component { return frame(page, header) }})
		for _, c := range change {
			c(&deps)
		}
		manifest := notifications.New(deps).Manifest()
		header = manifest.Header
		return []feature.Manifest{
			manifest,
			{Name: "blog", Parts: []feature.Part{events.Events{blog.ArticlePublishedEvent}}}, // <with:blog/>
		}
	})
	return s
}

// frame is a document with what features put into its header.
func frame(page respond.Page, header []feature.HeaderItem) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><title>`+templ.EscapeString(page.Title)+`</title><header>`)
		for _, item := range header {
			if err := item().Render(ctx, w); err != nil {
				return err
			}
		}
		_, _ = io.WriteString(w, "</header><main>")
		return page.Body.Render(ctx, w)
	})
}

// <with:blog>

// publish publishes an article of Ada's, as the blog would, and lets everybody
// hear of it.
func (s *site) publish(t testing.TB, title string) blog.ArticlePublished {
	t.Helper()
	published := articleBy(ada, title)
	err := s.DB.InTx(t.Context(), func(ctx context.Context) error {
		return blog.ArticlePublishedEvent.Publish(ctx, s.Outbox, published)
	})
	if err != nil {
		t.Fatalf("publish %q: %v", title, err)
	}
	s.Drain()
	return published
}

// </with:blog>

// request sends one request as the user, follows no redirect, and returns the
// answer with its body.
func (s *site) request(t testing.TB, user auth.User, method, path string, header http.Header) (*http.Response, *goquery.Document) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	for _, cookie := range s.As(user).Cookies() {
		request.AddCookie(cookie)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	document, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return response, document
}

type found interface {
	Find(string) *goquery.Selection
}

func wantStatus(t testing.TB, page apptest.Page, status int) {
	t.Helper()
	if page.Status != status {
		t.Errorf("%s answered %d, want %d:\n%s", page.Path, page.Status, status, page.Find("main").Text())
	}
}

// wantText compares the text that a selector finds, with single spaces.
func wantText(t testing.TB, in found, selector, want string) {
	t.Helper()
	if got := strings.Join(strings.Fields(in.Find(selector).Text()), " "); got != want {
		t.Errorf("%s is %q, want %q", selector, got, want)
	}
}

func wantAttr(t testing.TB, in found, selector, attribute, want string) {
	t.Helper()
	if got := in.Find(selector).AttrOr(attribute, "(none)"); got != want {
		t.Errorf("%s of %s is %q, want %q", attribute, selector, got, want)
	}
}

func wantCount(t testing.TB, in found, selector string, want int) {
	t.Helper()
	if got := in.Find(selector).Length(); got != want {
		t.Errorf("there are %d of %s, want %d", got, selector, want)
	}
}
