package blog_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/bridge"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/blog"
	"example.com/pergola/migrations"
)

// site is a running application with only the blog in it.
type site struct {
	*apptest.App
	*realtimetest.Server
	*fixture
}

// newSite runs the blog, and other features if there are any.
func newSite(t testing.TB, others ...feature.Manifest) *site {
	t.Helper()
	s := &site{}
	s.App = apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		s.Server = realtimetest.NewServer(infra)
		s.fixture = newFixtureWith(infra.DB, s.Hub, eventstest.NewDispatcher(infra).Outbox)
		s.Feature.Sessions, s.Feature.BaseURL, s.Feature.Slots = infra.Sessions, "https://pergola.example", infra.Slots
		s.Feature.Respond = respond.New(respond.Options{Frame: frameWithHead})
		return append(others,
			s.Manifest(),
			feature.Manifest{Name: "bridge", Parts: []feature.Part{
				bridge.Handlers(s.Hub, bridge.Forward(blog.ArticlePublishedEvent, blog.DeskChannel, blog.ActivityFromPublished)),
			}},
		)
	})
	return s
}

// frameWithHead is a document that shows everything a Page contains.
func frameWithHead(_ context.Context, page respond.Page) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><head><title>`+templ.EscapeString(page.Title)+
			`</title><meta name="description" content="`+templ.EscapeString(page.Description)+
			`"><meta property="og:type" content="`+templ.EscapeString(page.Type)+`">`)
		if page.Head != nil {
			if err := page.Head.Render(ctx, w); err != nil {
				return err
			}
		}
		_, _ = io.WriteString(w, "</head><body><main>")
		return page.Body.Render(ctx, w)
	})
}

// request sends a request as the user, without following redirects, and returns
// the response and its body.
func (s *site) request(t testing.TB, user auth.User, method, path string, form url.Values, header http.Header) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, cookie := range s.As(user).Cookies() {
		request.AddCookie(cookie)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return response, string(body)
}

// fragment parses a part of a page.
func fragment(t testing.TB, html string) *goquery.Document {
	t.Helper()
	document, err := goquery.NewDocumentFromReader(strings.NewReader("<ol>" + html + "</ol>"))
	if err != nil {
		t.Fatal(err)
	}
	return document
}
