package respond

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"example.com/pergola/core/fault"
)

// ErrorView is what an error page may show.
type ErrorView struct {
	Status    int
	Kind      fault.Kind
	Title     string        // a few words: "Not found"
	Message   string        // a complete sentence
	Fields    []fault.Field // invalid fields, for fault.Invalid
	RequestID string        // for the visitor to quote to support; "" if there is none
	SignIn    string        // the sign-in page, which leads back here; for fault.Unauthenticated

	// Sent holds the submitted form if submitting it again may succeed, and
	// SentTo is where to submit it. The page returns it to the visitor, so that
	// no text is lost when the session has expired or the database is down.
	Sent   []SentField
	SentTo string
}

// Error answers with an error. The status follows from the kind of the fault. An
// http.MaxBytesError counts as TooLarge, a body that arrived too slowly (see
// TimeBody) is a 408, and a request that exceeded its own deadline is Unavailable.
//
// A page request gets the error page in the frame. A visitor who must sign in to
// read a page is redirected to the sign-in page, which leads back. An htmx
// request gets a fragment, or for a GET the same redirect. A client that prefers
// application/json gets
//
//	{"error":{"code":"invalid","message":"…","fields":[{"name":"title","message":"…"}],"requestId":"…"}}
//
// A form that failed for a reason outside of it (an expired session, no
// database) is returned on the page with a button that submits it again.
//
// Defects are reported once. The page is rendered even if the request was canceled
// or has exceeded its deadline, since that may be what it is about. If the client has disconnected, nothing is sent or
// reported.
func (rs *Responder) Error(w http.ResponseWriter, r *http.Request, err error) {
	if bodyTooSlow(r) {
		rs.tooSlow(w, r)
		return
	}
	if gone(r, err) {
		w.WriteHeader(statusClientGone)
		return
	}
	kind := kindOf(r, err)
	rs.report(r.Context(), kind, err)
	rs.fail(w, r, rs.view(r, kind, err))
}

// tooSlow answers and closes the connection without reading the rest of the body.
func (rs *Responder) tooSlow(w http.ResponseWriter, r *http.Request) {
	view := rs.view(r, fault.Invalid, fault.Invalid)
	view.Status = http.StatusRequestTimeout
	view.Title = "Request timed out"
	view.Message = "Your request took too long to arrive. Try again."
	w.Header().Set("Connection", "close")
	rs.fail(w, r, view)
}

// NotFound answers a request that no route matches.
func (rs *Responder) NotFound(w http.ResponseWriter, r *http.Request) {
	rs.Error(w, r, fault.NotFound)
}

// MethodNotAllowed answers a request whose path exists for other methods only.
func (rs *Responder) MethodNotAllowed(w http.ResponseWriter, r *http.Request) {
	view := rs.view(r, fault.NotFound, fault.NotFound)
	view.Status = http.StatusMethodNotAllowed
	view.Title = "Method not allowed"
	view.Message = "This page doesn't support that kind of request."
	rs.fail(w, r, view)
}

// statusClientGone appears only in the access log: the client has disconnected.
const statusClientGone = 499

func gone(r *http.Request, err error) bool {
	return r.Context().Err() == context.Canceled && errors.Is(err, context.Canceled)
}

func kindOf(r *http.Request, err error) fault.Kind {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.TooLarge // even if a feature wrapped it in another fault
	}
	kind := fault.KindOf(err)
	if _, known := failures[kind]; known && kind != fault.Internal {
		return kind
	}
	if r.Context().Err() == context.DeadlineExceeded && errors.Is(err, context.DeadlineExceeded) {
		return fault.Unavailable
	}
	return fault.Internal
}

func (rs *Responder) report(ctx context.Context, kind fault.Kind, err error) {
	switch {
	case kind == fault.Internal && rs.options.Reporter != nil:
		rs.options.Reporter.Report(ctx, err)
	case kind == fault.Internal:
		rs.options.Logger.ErrorContext(ctx, "request failed", "error", err)
	case kind == fault.Unavailable:
		rs.options.Logger.WarnContext(ctx, "request could not be served", "error", err)
	}
}

type failure struct {
	status int
	title  string
}

// failures has an entry for every kind.
var failures = map[fault.Kind]failure{
	fault.Internal:        {http.StatusInternalServerError, "Something went wrong"},
	fault.NotFound:        {http.StatusNotFound, "Not found"},
	fault.Invalid:         {http.StatusUnprocessableEntity, "Check your input"},
	fault.Conflict:        {http.StatusConflict, "Already changed"},
	fault.Forbidden:       {http.StatusForbidden, "Permission denied"},
	fault.Unauthenticated: {http.StatusUnauthorized, "Sign in"},
	fault.TooMany:         {http.StatusTooManyRequests, "Too many requests"},
	fault.TooLarge:        {http.StatusRequestEntityTooLarge, "Too large"},
	fault.Unavailable:     {http.StatusServiceUnavailable, "Temporarily unavailable"},
}

func (rs *Responder) view(r *http.Request, kind fault.Kind, err error) ErrorView {
	f := failures[kind]
	view := ErrorView{
		Status:    f.status,
		Kind:      kind,
		Title:     f.title,
		Message:   fault.Message(err),
		Fields:    fault.Fields(err),
		RequestID: rs.options.RequestID(r.Context()),
	}
	if fault.KindOf(err) != kind {
		view.Message = kind.Error()
	}
	if kind == fault.Unauthenticated {
		view.SignIn = rs.signIn(r)
	}
	return view
}

func (rs *Responder) signIn(r *http.Request) string {
	back := r.URL.RequestURI()
	if isHTMX(r) || !reading(r) {
		back = currentPage(r)
	}
	if back == "" {
		return rs.options.SignInPath
	}
	return rs.options.SignInPath + "?next=" + url.QueryEscape(back)
}

// currentPage returns the path of the page that the visitor sees, which differs
// from the path of a fragment or of a form's action.
func currentPage(r *http.Request) string {
	raw := r.Header.Get("HX-Current-URL")
	if raw == "" {
		raw = r.Referer()
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host != r.Host {
		return ""
	}
	return u.RequestURI()
}

func (rs *Responder) fail(w http.ResponseWriter, r *http.Request, view ErrorView) {
	w.Header().Add("Vary", "Accept, HX-Request")
	if view.Status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "5")
	}
	switch {
	case prefersJSON(r):
		rs.JSON(w, r, view.Status, errorDocument(view))
	case view.SignIn != "" && reading(r):
		rs.Redirect(w, r, view.SignIn)
	case isHTMX(r):
		rs.failFragment(w, r, view)
	default:
		rs.failPage(w, r, view)
	}
}

// failFragment answers an htmx request. The headers show the message in the
// error target, whatever target and selection the page requested.
func (rs *Responder) failFragment(w http.ResponseWriter, r *http.Request, view ErrorView) {
	if rs.options.ErrorTarget != "" {
		header := w.Header()
		header.Set("HX-Retarget", rs.options.ErrorTarget)
		header.Set("HX-Reswap", "innerHTML")
		header.Set("HX-Reselect", "[data-error]")
	}
	rs.failHTML(w, r, view, func(ctx context.Context) templ.Component {
		return errorFragment(rs.options.ErrorFragment(ctx, view))
	})
}

func errorFragment(message templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "<div data-error>"); err != nil {
			return err
		}
		if err := message.Render(ctx, w); err != nil {
			return err
		}
		_, err := io.WriteString(w, "</div>")
		return err
	})
}

func (rs *Responder) failPage(w http.ResponseWriter, r *http.Request, view ErrorView) {
	if keepsWhatWasSent[view.Kind] {
		view.Sent, view.SentTo = sentFields(r), LocalPath(r.URL.RequestURI())
	}
	rs.failHTML(w, r, view, func(ctx context.Context) templ.Component {
		return rs.framed(Page{Title: view.Title, Status: view.Status, Body: rs.options.ErrorPage(ctx, view)})(ctx)
	})
}

// errorPageTimeout limits rendering an error page, which reads from the database
// what the frame shows.
const errorPageTimeout = 3 * time.Second

func (rs *Responder) failHTML(w http.ResponseWriter, r *http.Request, view ErrorView, build builder) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), errorPageTimeout)
	defer cancel()
	r = r.WithContext(ctx)
	buffer, err := rs.render(ctx, build)
	if err != nil {
		rs.lastResort(w, r, view, err)
		return
	}
	defer rs.release(buffer)
	rs.send(w, r, view.Status, contentHTML, "no-store", buffer.Bytes())
}

// lastResort answers if the error page itself fails to render.
func (rs *Responder) lastResort(w http.ResponseWriter, r *http.Request, view ErrorView, err error) {
	rs.report(r.Context(), kindOf(r, err), fmt.Errorf("render the error page: %w", err))
	document := rs.errorDocument(r.Context(), view)
	defer rs.release(document)
	rs.send(w, r, view.Status, contentHTML, "no-store", document.Bytes())
}

// errorDocument renders without the frame, or as plain HTML if that fails too.
func (rs *Responder) errorDocument(ctx context.Context, view ErrorView) *bytes.Buffer {
	if rs.options.ErrorDocument != nil {
		document, err := rs.render(ctx, func(ctx context.Context) templ.Component { return rs.options.ErrorDocument(ctx, view) })
		if err == nil {
			return document
		}
		rs.report(ctx, fault.Internal, fmt.Errorf("render the error document: %w", err))
	}
	document := rs.buffer()
	_ = writePlainError(document, view)
	return document
}

func plainErrorPage(_ context.Context, view ErrorView) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error { return writePlainError(w, view) })
}

func writePlainError(w io.Writer, view ErrorView) error {
	_, err := fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><title>%[1]s</title><h1>%[1]s</h1><p>%[2]s</p>",
		html.EscapeString(view.Title), html.EscapeString(view.Message))
	if err == nil && view.RequestID != "" {
		_, err = fmt.Fprintf(w, "<p>Request %s</p>", html.EscapeString(view.RequestID))
	}
	return err
}
