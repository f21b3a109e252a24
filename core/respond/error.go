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

	"github.com/a-h/templ"

	"example.com/pergola/core/fault"
)

// ErrorView is all that may be shown of what went wrong.
type ErrorView struct {
	Status    int
	Kind      fault.Kind
	Title     string        // two or three words: "Not found"
	Message   string        // a whole sentence
	Fields    []fault.Field // what is wrong with single fields, of Invalid
	RequestID string        // for the visitor to quote; "" if there is none
	SignIn    string        // where to sign in and come back, of Unauthenticated

	// Sent is the form that was sent, if trying again may help, and SentTo
	// where to send it again. The visitor gets it back, so that no text is
	// lost when a session or the database was gone just then.
	Sent   []SentField
	SentTo string
}

// ErrBodyTooSlow is the error of reading a form whose sender did not send it in
// time.
var ErrBodyTooSlow = errors.New("the body of the request came too slowly")

// Error answers with what went wrong. The status follows from the fault's
// kind; an http.MaxBytesError is a TooLarge whatever it is wrapped in, an
// ErrBodyTooSlow is a 408, and a request whose own time was over is
// Unavailable.
//
// A page request gets the error page in the frame. A visitor who must sign in
// to read a page is sent to do so and comes back. An htmx request gets a
// fragment, and is sent to sign in when it was reading. A client that prefers
// application/json gets
//
//	{"error":{"code":"invalid","message":"…","fields":[{"name":"title","message":"…"}],"requestId":"…"}}
//
// A form that could not be taken for a reason outside of it (no session any
// more, no database) comes back on the page with a button that sends it again.
//
// Defects are reported once. If the visitor has gone away there is nobody to
// answer and nothing is reported.
func (rs *Responder) Error(w http.ResponseWriter, r *http.Request, err error) {
	if gone(r, err) {
		w.WriteHeader(statusClientGone)
		return
	}
	if errors.Is(err, ErrBodyTooSlow) {
		rs.tooSlow(w, r)
		return
	}
	kind := kindOf(r, err)
	rs.tell(r.Context(), kind, err)
	rs.fail(w, r, rs.view(r, kind, err))
}

// tooSlow answers a sender who may be gone already, and reads no more.
func (rs *Responder) tooSlow(w http.ResponseWriter, r *http.Request) {
	view := rs.view(r, fault.Invalid, fault.Invalid)
	view.Status = http.StatusRequestTimeout
	view.Title = "Too slow"
	view.Message = "What you sent did not arrive in time. Please try again."
	w.Header().Set("Connection", "close")
	rs.fail(w, r, view)
}

// NotFound is the answer where no route matches.
func (rs *Responder) NotFound(w http.ResponseWriter, r *http.Request) {
	rs.Error(w, r, fault.NotFound)
}

// MethodNotAllowed is the answer where a route exists for other methods only.
func (rs *Responder) MethodNotAllowed(w http.ResponseWriter, r *http.Request) {
	view := rs.view(r, fault.NotFound, fault.NotFound)
	view.Status = http.StatusMethodNotAllowed
	view.Title = "Not possible"
	view.Message = "This address does not take that kind of request."
	rs.fail(w, r, view)
}

// statusClientGone goes to the access log only: nobody is left to read it.
const statusClientGone = 499

func gone(r *http.Request, err error) bool {
	return r.Context().Err() == context.Canceled && errors.Is(err, context.Canceled)
}

func kindOf(r *http.Request, err error) fault.Kind {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.TooLarge // also where a feature says no more than that the form could not be read
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

func (rs *Responder) tell(ctx context.Context, kind fault.Kind, err error) {
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

// failures has an entry for every kind that an answer can have.
var failures = map[fault.Kind]failure{
	fault.Internal:        {http.StatusInternalServerError, "Something went wrong"},
	fault.NotFound:        {http.StatusNotFound, "Not found"},
	fault.Invalid:         {http.StatusUnprocessableEntity, "Not quite right"},
	fault.Conflict:        {http.StatusConflict, "Changed in the meantime"},
	fault.Forbidden:       {http.StatusForbidden, "Not allowed"},
	fault.Unauthenticated: {http.StatusUnauthorized, "Please sign in"},
	fault.TooMany:         {http.StatusTooManyRequests, "Too many requests"},
	fault.TooLarge:        {http.StatusRequestEntityTooLarge, "Too large"},
	fault.Unavailable:     {http.StatusServiceUnavailable, "Back in a moment"},
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

// currentPage is the page that the visitor sees, which is not the address of
// a fragment or of a form's target.
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

// failFragment answers htmx. The headers put the message where messages go,
// whatever part of the answer the page had asked for.
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

func (rs *Responder) failHTML(w http.ResponseWriter, r *http.Request, view ErrorView, build builder) {
	buffer, err := rs.render(r.Context(), build)
	if err != nil {
		rs.lastResort(w, r, view, err)
		return
	}
	defer rs.release(buffer)
	rs.send(w, r, view.Status, contentHTML, "no-store", buffer.Bytes())
}

// lastResort answers when the error page itself cannot be rendered.
func (rs *Responder) lastResort(w http.ResponseWriter, r *http.Request, view ErrorView, err error) {
	if gone(r, err) {
		w.WriteHeader(statusClientGone)
		return
	}
	rs.tell(r.Context(), fault.Internal, fmt.Errorf("render the error page: %w", err))
	document := rs.errorDocument(r.Context(), view)
	defer rs.release(document)
	rs.send(w, r, view.Status, contentHTML, "no-store", document.Bytes())
}

// errorDocument needs no frame and, if even it fails, no design.
func (rs *Responder) errorDocument(ctx context.Context, view ErrorView) *bytes.Buffer {
	if rs.options.ErrorDocument != nil {
		document, err := rs.render(ctx, func(ctx context.Context) templ.Component { return rs.options.ErrorDocument(ctx, view) })
		if err == nil {
			return document
		}
		rs.tell(ctx, fault.Internal, fmt.Errorf("render the error document: %w", err))
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
