// Package respond answers HTTP requests with a page, a fragment of one, JSON, a
// redirect, or an error page.
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
// Everything is rendered to memory first, so an error or a panic while rendering
// leads to an error page with the right status, never to half a page. Every
// response has a Content-Length, and HEAD gets the headers of GET.
//
// Error answers a fault with the status of its kind and with its message. Any
// other error is a defect: the visitor sees a generic message and the request id,
// and the error is reported once. See [Responder.Error] for who gets a page, a
// fragment or JSON.
//
// Pages of signed-in users are not cached (no-store); those of visitors are
// revalidated (no-cache). A handler that sets Cache-Control before it answers
// overrides this.
//
// The application provides the layout as a [Frame].
package respond

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/a-h/templ"

	"example.com/pergola/core/observe"
)

// Page is the content of a page; the application adds the frame around it.
type Page struct {
	Title       string          // of the document, without the site's name
	Description string          // for search engines and link previews
	Body        templ.Component // the content of the main landmark
	Head        templ.Component // optional: feed links, social tags
	Status      int             // 200 unless set

	// Path is the canonical path of the page for search engines and link
	// previews: "/articles/mulching". The default is the path of the request.
	Path string

	// Type is the type of the page for link previews, such as "article". The
	// default is "website".
	Type string
}

// Frame puts the layout around a page. It reads the visitor from ctx.
type Frame func(ctx context.Context, page Page) templ.Component

// Options configures a Responder. The zero value works: pages have no frame,
// error pages are plain, and defects are only logged.
type Options struct {
	// Frame is the layout around every page.
	Frame Frame

	// ErrorPage is the body of the error page. It is shown in the frame.
	ErrorPage func(ctx context.Context, view ErrorView) templ.Component

	// ErrorDocument is the complete error page for when the frame fails. It must
	// not depend on anything that could fail with the frame.
	ErrorDocument func(ctx context.Context, view ErrorView) templ.Component

	// ErrorFragment is a short message for htmx requests. htmx shows it in
	// ErrorTarget, a selector such as "#messages", so that the page and the
	// visitor's input stay as they are. Without an ErrorTarget it replaces the
	// target of the request. The default is the ErrorPage without its frame.
	ErrorFragment func(ctx context.Context, view ErrorView) templ.Component
	ErrorTarget   string

	// SignInPath is the path of the sign-in page. The default is "/sign-in".
	SignInPath string

	// Reporter receives every defect once.
	Reporter observe.Reporter

	// Logger logs what is not a defect but concerns operators, such as a database
	// that does not respond. The default is slog.Default.
	Logger *slog.Logger

	// RequestID returns the id of the request, which error pages show.
	RequestID func(ctx context.Context) string
}

// Responder answers requests. It is safe for concurrent use.
type Responder struct {
	options Options
	buffers sync.Pool
}

// New returns a Responder.
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

// Page answers with a page in the frame.
func (rs *Responder) Page(w http.ResponseWriter, r *http.Request, page Page) {
	cache := "no-cache"
	if signedIn(r) {
		cache = "no-store"
	}
	rs.html(w, r, page.Status, cache, rs.framed(page))
}

// Fragment answers with a part of a page, for htmx and live regions. It is never
// cached, so that no cache confuses it with the page at the same URL.
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
