package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
	"example.com/pergola/web"
)

var ada = auth.User{ID: "1", Name: "Ada <Lovelace>", Email: "ada@example.com"}

func view(change func(*web.LayoutView)) web.LayoutView {
	v := web.LayoutView{
		Page:       respond.Page{Title: "Desk", Description: "All articles.", Body: templ.Raw("<h1>Desk</h1>")},
		Navigation: []feature.NavItem{{Label: "Articles", Path: "/"}, {Label: "Desk", Path: "/desk"}},
		Path:       "/desk",
		Assets:     web.NewAssets(),
	}
	if change != nil {
		change(&v)
	}
	return v
}

func render(t *testing.T, component templ.Component) *goquery.Document {
	t.Helper()
	var html bytes.Buffer
	if err := component.Render(t.Context(), &html); err != nil {
		t.Fatalf("render: %v", err)
	}
	doc, err := goquery.NewDocumentFromReader(&html)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return doc
}

func want(t *testing.T, doc *goquery.Document, selector string, count int) *goquery.Selection {
	t.Helper()
	found := doc.Find(selector)
	if found.Length() != count {
		html, _ := doc.Html()
		t.Fatalf("%s: found %d, want %d in\n%s", selector, found.Length(), count, html)
	}
	return found
}

func TestLayout_rendersPage(t *testing.T) {
	t.Parallel()

	doc := render(t, web.Layout(view(nil)))

	want(t, doc, "html[lang=en]", 1)
	if got := want(t, doc, "head > title", 1).Text(); got != "Desk · Pergola" {
		t.Errorf("title = %q", got)
	}
	want(t, doc, `meta[name=description][content="All articles."]`, 1)
	want(t, doc, "main#main > h1", 1)
	want(t, doc, `a[href="#main"]`, 1)
	want(t, doc, `link[rel=stylesheet][href^="/assets/app"]`, 1)
	want(t, doc, `script[type=module][src^="/assets/app"]`, 1)
	want(t, doc, web.MessagesSelector+"[aria-live=polite]", 1)
}

func TestLayout_marksCurrentNavigationItem(t *testing.T) {
	t.Parallel()

	on := render(t, web.Layout(view(nil)))
	below := render(t, web.Layout(view(func(v *web.LayoutView) { v.Path = "/desk/articles/1/edit" })))
	sibling := render(t, web.Layout(view(func(v *web.LayoutView) { v.Path = "/desktop" })))

	want(t, on, "nav a[aria-current]", 2) // in the header and in the mobile menu
	want(t, on, `nav a[href="/desk"][aria-current=page]`, 2)
	want(t, below, `nav a[href="/desk"][aria-current=true]`, 2)
	want(t, sibling, "nav a[aria-current]", 0)
}

func TestLayout_linksVisitorsToSignIn(t *testing.T) {
	t.Parallel()

	doc := render(t, web.Layout(view(nil)))
	front := render(t, web.Layout(view(func(v *web.LayoutView) { v.Path = "/" })))

	want(t, doc, `a[href="/sign-in?next=%2Fdesk"]`, 2)
	want(t, front, `a[href="/sign-in"]`, 2)
	want(t, doc, `form[action="/sign-out"]`, 0)
}

func TestLayout_showsAccountMenu(t *testing.T) {
	t.Parallel()
	bell := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<a id="bell"></a>`)
		return err
	})

	doc := render(t, web.Layout(view(func(v *web.LayoutView) { v.User, v.Header = ada, []templ.Component{bell} })))

	want(t, doc, `form[method=post][action="/sign-out"] button[type=submit]`, 1)
	want(t, doc, `header a[href="/account"]`, 1)
	want(t, doc, "header #bell", 1)
	want(t, doc, `a[href^="/sign-in"]`, 0)
	if text := want(t, doc, "header details summary", 2).First().Text(); !strings.Contains(text, "Ada <Lovelace>") {
		t.Errorf("summary = %q, want the name in it", text)
	}
}

func TestLayout_showsFlash(t *testing.T) {
	t.Parallel()

	doc := render(t, web.Layout(view(func(v *web.LayoutView) { v.Flash = "The <b>article</b> is public." })))

	if got := strings.TrimSpace(want(t, doc, "main .flash p", 1).Text()); got != "The <b>article</b> is public." {
		t.Errorf("flash = %q", got)
	}
	want(t, render(t, web.Layout(view(nil))), "main .flash", 0)
}

// The Content-Security-Policy allows no inline script and no inline style.
func TestLayout_hasNoInlineScriptsOrStyles(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]templ.Component{
		"visitor":     web.Layout(view(nil)),
		"user":        web.Layout(view(func(v *web.LayoutView) { v.User, v.Flash = ada, "x" })),
		"development": web.Layout(view(func(v *web.LayoutView) { v.LiveReload = true })),
		"error":       web.ErrorPage(respond.ErrorView{Status: 500, Kind: fault.Internal, RequestID: "x"}),
		"message":     web.ErrorMessage(respond.ErrorView{Status: 500, Kind: fault.Internal, RequestID: "x"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			doc := render(t, page)

			want(t, doc, "style, [style], script:not([src])", 0)
			doc.Find("*").Each(func(_ int, s *goquery.Selection) {
				for _, attribute := range s.Get(0).Attr {
					if strings.HasPrefix(attribute.Key, "on") || strings.HasPrefix(attribute.Key, "hx-on") {
						t.Errorf("<%s> has %s", s.Get(0).Data, attribute.Key)
					}
				}
			})
		})
	}
}

func TestLayout_reloadsOnlyInDevelopment(t *testing.T) {
	t.Parallel()

	want(t, render(t, web.Layout(view(nil))), `script[src="/dev/reload.js"]`, 0)
	want(t, render(t, web.Layout(view(func(v *web.LayoutView) { v.LiveReload = true }))), `script[src="/dev/reload.js"]`, 1)
}

func TestLayout_rendersHeadOfPage(t *testing.T) {
	t.Parallel()

	doc := render(t, web.Layout(view(func(v *web.LayoutView) { v.Page.Head = templ.Raw(`<meta property="article:author" content="Ada">`) })))

	want(t, doc, `head > meta[property="article:author"][content=Ada]`, 1)
}

func TestErrorPage_showsRequestID(t *testing.T) {
	t.Parallel()

	doc := render(t, web.ErrorPage(respond.ErrorView{Status: 500, Kind: fault.Internal, Title: "Something went wrong", Message: "On our side.", RequestID: "request-7"}))

	if got := want(t, doc, "code", 1).Text(); got != "request-7" {
		t.Errorf("request id = %q", got)
	}
	want(t, doc, "h1", 1)
	want(t, doc, `a[href="/"]`, 1)
}

func TestErrorPage_linksToSignIn(t *testing.T) {
	t.Parallel()

	doc := render(t, web.ErrorPage(respond.ErrorView{Status: 401, Kind: fault.Unauthenticated, SignIn: "/sign-in?next=%2Fdesk"}))

	want(t, doc, `a[href="/sign-in?next=%2Fdesk"]`, 1)
}

func TestErrorPage_showsSubmittedText(t *testing.T) {
	t.Parallel()

	doc := render(t, web.ErrorPage(respond.ErrorView{
		Status: 401, Kind: fault.Unauthenticated, SignIn: "/sign-in", SentTo: "/desk/articles",
		Sent: []respond.SentField{{Name: "version", Value: "3"}, {Name: "id", Value: "01936f3e-7c1c-7d5e-8a3b-2f1e0d9c8b7a"}, {Name: "sub_title", Value: "Roses"}, {Name: "body", Value: "\n<b>They bloom.</b>"}},
	}))

	form := want(t, doc, `form[method=post][action="/desk/articles"]`, 1)
	if got := form.Find("textarea[name=body]").Text(); got != "\n<b>They bloom.</b>" {
		t.Errorf("the body is %q", got)
	}
	if got := strings.TrimSpace(form.Find("label[for=field-sub_title]").Text()); got != "Sub title" {
		t.Errorf("the label is %q", got)
	}
	want(t, doc, "form textarea", 2)
	want(t, doc, "form input[type=hidden]", 2)
	want(t, doc, `a[href="/sign-in"][target=_blank]`, 1)
}

func TestErrorPage_hasNoFormWithoutText(t *testing.T) {
	t.Parallel()

	doc := render(t, web.ErrorPage(respond.ErrorView{
		Status: 401, Kind: fault.Unauthenticated, SignIn: "/sign-in", SentTo: "/desk/articles/1/publish",
		Sent: []respond.SentField{{Name: "version", Value: "3"}, {Name: "notify", Value: "on"}, {Name: "summary"}},
	}))

	want(t, doc, "form", 0)
	want(t, doc, `a[href="/sign-in"]:not([target])`, 1)
}

// Each kind of error has a page in the layout, and the same page without the
// layout if the layout fails.
func TestErrorPages_shareOneDesign(t *testing.T) {
	t.Parallel()
	assets := web.NewAssets()
	for _, frame := range []string{"that works", "that fails"} {
		rs := respond.New(respond.Options{
			Logger:    slog.New(slog.DiscardHandler),
			RequestID: func(context.Context) string { return "request-7" },
			ErrorPage: func(_ context.Context, view respond.ErrorView) templ.Component { return web.ErrorPage(view) },
			ErrorDocument: func(_ context.Context, view respond.ErrorView) templ.Component {
				return web.ErrorDocument(view, assets)
			},
			Frame: func(_ context.Context, page respond.Page) templ.Component {
				if frame == "that fails" {
					panic("no frame")
				}
				return web.Layout(view(func(v *web.LayoutView) { v.Page = page }))
			},
		})
		for status, kind := range map[int]fault.Kind{
			403: fault.Forbidden, 404: fault.NotFound, 409: fault.Conflict, 413: fault.TooLarge,
			422: fault.Invalid, 429: fault.TooMany, 500: fault.Internal, 503: fault.Unavailable,
		} {
			t.Run(strconv.Itoa(status)+" in a frame "+frame, func(t *testing.T) {
				t.Parallel()
				w := httptest.NewRecorder()

				rs.Error(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), kind)

				doc, err := goquery.NewDocumentFromReader(w.Body)
				if err != nil || w.Code != status {
					t.Fatalf("status %d, %v", w.Code, err)
				}
				want(t, doc, `html[lang=en] > head > link[rel=stylesheet][href^="/assets/app"]`, 1)
				want(t, doc, "head > title, head > meta[name=description], head > meta[name=viewport]", 3)
				want(t, doc, "main h1", 1)
				want(t, doc, `header div > a[href="/"] > svg, main a[href="/"]`, 2)
				if text := doc.Find("main").Text(); !strings.Contains(text, strconv.Itoa(status)) || !strings.Contains(text, kind.Error()) || !strings.Contains(text, "request-7") {
					t.Errorf("page text = %q", text)
				}
			})
		}
	}
}

func TestLayout_rendersLinkPreview(t *testing.T) {
	t.Parallel()

	doc := render(t, web.Layout(view(func(v *web.LayoutView) {
		v.BaseURL = "https://pergola.example"
		v.Page.Path, v.Page.Type = "/articles/mulching", "article"
	})))
	plain := render(t, web.Layout(view(func(v *web.LayoutView) { v.Page = respond.Page{} })))
	failed := render(t, web.Layout(view(func(v *web.LayoutView) { v.Page.Status = 404 })))

	for property, content := range map[string]string{
		"og:title": "Desk", "og:description": "All articles.", "og:type": "article",
		"og:url": "https://pergola.example/articles/mulching", "og:site_name": web.SiteName,
	} {
		if got := want(t, doc, `head > meta[property="`+property+`"]`, 1).AttrOr("content", ""); got != content {
			t.Errorf("%s = %q, want %q", property, got, content)
		}
	}
	if got := doc.Find(`meta[property="og:image"]`).AttrOr("content", ""); !strings.HasPrefix(got, "https://pergola.example/assets/social-card") {
		t.Errorf("og:image = %q", got)
	}
	want(t, doc, `link[rel=canonical][href="https://pergola.example/articles/mulching"]`, 1)
	want(t, plain, `meta[name=description][content="`+web.SiteDescription+`"], meta[property="og:type"][content=website]`, 2)
	want(t, failed, "link[rel=canonical], meta[property]", 0)
	want(t, failed, "body[data-failed]", 1)
}

func BenchmarkLayout(b *testing.B) {
	for name, user := range map[string]auth.User{"visitor": {}, "user": ada} {
		b.Run(name, func(b *testing.B) {
			v := view(func(v *web.LayoutView) { v.User = user })
			b.ReportAllocs()
			for b.Loop() {
				if err := web.Layout(v).Render(b.Context(), io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
