// Package respond answers HTTP requests: with a page, with a piece of one,
// with JSON, with a redirect, or with the page that says what went wrong.
//
// A handler reads the request, calls a use case, answers, and returns its error:
//
//	func (f *Feature) showArticle(w http.ResponseWriter, r *http.Request) error {
//		article, err := f.ReadArticle(r.Context(), chi.URLParam(r, "slug"))
//		if err != nil {
//			return err
//		}
//		f.Respond.Page(w, r, respond.Page{Title: article.Title, Body: articlePage(article)})
//		return nil
//	}
//
// The route table wraps it once with [Responder.Handle]:
//
//	r.Get("/articles/{slug}", handle(f.showArticle))
//
// # Guarantees
//
// Everything is rendered to memory first. An error or a panic while rendering
// is still a clean error page with the right status, never half a page. Every
// answer has its Content-Length, and HEAD gets the headers of GET.
//
// Error gives a fault the status of its kind and shows its message. Any other
// error is a defect: the visitor sees a general text and the request id, the
// Reporter is told once. See [Responder.Error] for who gets a page, a fragment
// or JSON.
//
// Pages of signed-in users are never stored (no-store); those of visitors may
// be, but are asked for again (no-cache). A handler that sets Cache-Control
// before it answers keeps what it set.
//
// This package knows no layout: the application gives it one as a [Frame].
package respond

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/a-h/templ"
)

// Page is what a feature has to say; the frame around it is the application's.
type Page struct {
	Title       string          // of the document, without the site's name
	Description string          // for search engines and link previews
	Body        templ.Component // the content of the main landmark
	Head        templ.Component // optional: feed links, social tags
	Status      int             // 200 unless set

	// Path is where the page is at home, for search engines and link
	// previews: "/articles/mulching". The path of the request unless set.
	Path string

	// Type says to link previews what the page is: "website" unless set,
	// "article".
	Type string
}

// Frame puts the layout around a page. It reads the visitor from ctx.
type Frame func(ctx context.Context, page Page) templ.Component

// Reporter is told of defects. It is observe.Reporter, said here so that this
// package asks for no more than it uses.
type Reporter interface {
	Report(ctx context.Context, err error)
}

// Options says how a Responder answers. The zero value works: pages without a
// frame, plain error pages, no reports.
type Options struct {
	// Frame is the layout around every page.
	Frame Frame

	// ErrorPage is the body of the page that says what went wrong. It stands
	// in the frame, unless that is what fails.
	ErrorPage func(ctx context.Context, view ErrorView) templ.Component

	// ErrorDocument is the whole document that says so when the frame fails. It
	// depends on nothing that could fail with it.
	ErrorDocument func(ctx context.Context, view ErrorView) templ.Component

	// ErrorFragment is what an htmx request gets instead: a short message.
	// htmx shows it in ErrorTarget, a selector such as "#messages", so that
	// the page and what was typed stay as they are; without an ErrorTarget,
	// where the answer would have stood. Without an ErrorFragment it is the
	// ErrorPage without its frame.
	ErrorFragment func(ctx context.Context, view ErrorView) templ.Component
	ErrorTarget   string

	// SignInPath is where a visitor is sent who must sign in to read a page;
	// "/sign-in" unless set.
	SignInPath string

	// Reporter is told of every defect, once.
	Reporter Reporter

	// Logger gets what is nobody's defect but an operator's business: a
	// database that does not answer. slog.Default unless set.
	Logger *slog.Logger

	// RequestID reads the id of the request that error pages show.
	RequestID func(ctx context.Context) string
}

// Responder answers requests. It is safe for concurrent use.
type Responder struct {
	options Options
	buffers sync.Pool
}

// New makes a Responder.
func New(options Options) *Responder {
	if options.SignInPath == "" {
		options.SignInPath = "/sign-in"
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	if options.RequestID == nil {
		options.RequestID = func(context.Context) string { return "" }
	}
	if options.ErrorPage == nil {
		options.ErrorPage = plainErrorPage
	}
	if options.ErrorFragment == nil {
		options.ErrorFragment = options.ErrorPage
	}
	return &Responder{options: options}
}

// Page answers with a whole page in the frame.
func (rs *Responder) Page(w http.ResponseWriter, r *http.Request, page Page) {
	cache := "no-cache"
	if signedIn(r) {
		cache = "no-store"
	}
	rs.html(w, r, page.Status, cache, rs.framed(page))
}

// Fragment answers with a piece of a page, for htmx and live regions. It is
// never stored, so that no cache mistakes it for the page at the same address.
func (rs *Responder) Fragment(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	rs.html(w, r, status, "no-store", func(context.Context) templ.Component { return c })
}

func (rs *Responder) framed(page Page) builder {
	return func(ctx context.Context) templ.Component {
		if rs.options.Frame == nil {
			return page.Body
		}
		return rs.options.Frame(ctx, page)
	}
}
