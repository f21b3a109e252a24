package notifications_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/blog"
	"example.com/pergola/features/notifications"
	"example.com/pergola/migrations"
)

// site is a running application with notifications, and what they use of the
// blog: an event, and the page of an article with a slot. Its events and jobs are
// recorded and run by the fixture.
type site struct {
	*apptest.App
	*realtimetest.Server
	*fixture
}

func newSite(t testing.TB, change ...func(*notifications.Feature)) *site {
	t.Helper()
	s := &site{}
	s.App = apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		s.Server = realtimetest.NewServer(infra)
		s.fixture = newFixtureWith(storesOn(infra.DB), s.Hub, nil, nil)
		return s.manifests(infra, change...)
	})
	return s
}

// workingSite is a site with real events and jobs.
type workingSite struct {
	*site
	*eventstest.Dispatcher
	*jobstest.Worker
}

func newWorkingSite(t testing.TB) *workingSite {
	t.Helper()
	s := &workingSite{site: &site{}}
	s.App = apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		s.Server, s.Dispatcher, s.Worker = realtimetest.NewServer(infra), eventstest.NewDispatcher(infra), jobstest.NewWorker(infra)
		s.fixture = newFixtureWith(storesOn(infra.DB), s.Hub, s.Outbox, s.Queue)
		return s.manifests(infra)
	})
	return s
}

func (s *site) manifests(infra *apptest.Infrastructure, change ...func(*notifications.Feature)) []feature.Manifest {
	var header []feature.HeaderItem
	s.Feature.Sessions = infra.Sessions
	s.Feature.Respond = respond.New(respond.Options{Frame: func(_ context.Context, page respond.Page) templ.Component { return frame(page, header) }})
	for _, c := range change {
		c(s.Feature)
	}
	manifest := s.Manifest()
	header = manifest.Header
	return []feature.Manifest{
		manifest,
		{Name: "blog", Paths: []string{"/articles"}, Routes: showArticle(s.Feature.Respond, infra.Slots), Parts: []feature.Part{events.Events{blog.ArticlePublishedEvent}}},
	}
}

// showArticle is the page of an article of which only the footer matters.
func showArticle(responder *respond.Responder, slots *feature.Slots) func(chi.Router) {
	return func(r chi.Router) {
		r.Get("/articles/mulching", func(w http.ResponseWriter, r *http.Request) {
			article := blog.ArticleRef{ID: "01900000-0000-7000-8000-000000000001", Title: "Mulching", URL: "/articles/mulching"}
			responder.Page(w, r, respond.Page{Title: article.Title, Body: blog.ArticleFooterSlot.Render(slots, article)})
		})
	}
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

// publish publishes the event that Ada published an article, and waits until
// everyone is notified.
func (s *workingSite) publish(t testing.TB, title string) blog.ArticlePublished {
	t.Helper()
	published := articleBy(ada, title)
	err := s.db.InTx(t.Context(), func(ctx context.Context) error {
		return blog.ArticlePublishedEvent.Publish(ctx, s.Outbox, published)
	})
	if err != nil {
		t.Fatalf("publish %q: %v", title, err)
	}
	s.Drain()
	return published
}

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
