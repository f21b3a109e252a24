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

// site is a running application with the blog in it, and nothing but what it
// needs.
type site struct {
	*apptest.App
	*realtimetest.Server
	*desk
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{}
	s.App = apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		s.Server = realtimetest.NewServer(infra)
		outbox := eventstest.NewDispatcher(infra).Outbox
		s.desk = newDeskWith(storage{blog.NewPostgresArticles(infra.DB), infra.DB}, s.Hub, outbox)
		deps := s.desk.Deps
		deps.Sessions, deps.BaseURL = infra.Sessions, "https://pergola.example"
		deps.Respond = respond.New(respond.Options{Frame: frameWithHead})
		return []feature.Manifest{
			blog.New(deps).Manifest(),
			{Name: "bridge", Parts: []feature.Part{
				bridge.Handlers(s.Hub, bridge.Forward(blog.ArticlePublishedEvent, blog.DeskChannel, blog.ActivityFromPublished)),
			}},
		}
	})
	return s
}

// frameWithHead is a document with everything that a page says of itself.
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

// request sends one request as the user, follows no redirect, and returns the
// answer with its body.
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

// fragment is a piece of a page.
func fragment(t testing.TB, html string) *goquery.Document {
	t.Helper()
	document, err := goquery.NewDocumentFromReader(strings.NewReader("<ol>" + html + "</ol>"))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func wantStatus(t testing.TB, page apptest.Page, status int) {
	t.Helper()
	if page.Status != status {
		t.Errorf("%s answered %d, want %d:\n%s", page.Path, page.Status, status, page.Find("main").Text())
	}
}

// wantText compares the text that a selector finds, with single spaces.
func wantText(t testing.TB, in interface {
	Find(string) *goquery.Selection
}, selector, want string) {
	t.Helper()
	if got := strings.Join(strings.Fields(in.Find(selector).Text()), " "); got != want {
		t.Errorf("%s is %q, want %q", selector, got, want)
	}
}

func wantAttr(t testing.TB, in interface {
	Find(string) *goquery.Selection
}, selector, attribute, want string) {
	t.Helper()
	if got := in.Find(selector).AttrOr(attribute, "(none)"); got != want {
		t.Errorf("%s of %s is %q, want %q", attribute, selector, got, want)
	}
}
