package respond_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/a-h/templ"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
)

// reports is a Reporter that records errors.
type reports struct {
	mu   sync.Mutex
	errs []error
}

func (r *reports) Report(_ context.Context, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

func frame(_ context.Context, page respond.Page) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		fmt.Fprintf(w, "<title>%s</title><main>", page.Title)
		if err := page.Body.Render(ctx, w); err != nil {
			return err
		}
		_, err := io.WriteString(w, "</main>")
		return err
	})
}

func newResponder(t *testing.T, change func(*respond.Options)) (*respond.Responder, *reports, *bytes.Buffer) {
	t.Helper()
	reported, logged := &reports{}, &bytes.Buffer{}
	options := respond.Options{
		Frame: frame,
		ErrorPage: func(_ context.Context, view respond.ErrorView) templ.Component {
			return templ.Raw(fmt.Sprintf("<h1>%s</h1><p>%s</p><code>%s</code>", view.Title, view.Message, view.RequestID))
		},
		ErrorFragment: func(_ context.Context, view respond.ErrorView) templ.Component { return templ.Raw(view.Message) },
		ErrorTarget:   "#messages",
		Reporter:      reported,
		Logger:        slog.New(slog.NewTextHandler(logged, nil)),
		RequestID:     func(context.Context) string { return "request-7" },
	}
	if change != nil {
		change(&options)
	}
	return respond.New(options), reported, logged
}

func get(t *testing.T, path string, headers ...string) *http.Request {
	t.Helper()
	return request(t, http.MethodGet, path, headers...)
}

func request(t *testing.T, method, path string, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://pergola.example"+path, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Errorf("status = %d, want %d; body: %s", w.Code, want, w.Body)
	}
}

func wantHeader(t *testing.T, w *httptest.ResponseRecorder, name, want string) {
	t.Helper()
	if got := w.Header().Get(name); got != want {
		t.Errorf("%s = %q, want %q", name, got, want)
	}
}

func wantBody(t *testing.T, w *httptest.ResponseRecorder, want string) {
	t.Helper()
	if got := w.Body.String(); got != want {
		t.Errorf("body = %q, want %q", got, want)
	}
}

func TestPage_rendersInTheFrame(t *testing.T) {
	t.Parallel()
	rs, reported, _ := newResponder(t, nil)
	w := httptest.NewRecorder()

	rs.Page(w, get(t, "/"), respond.Page{Title: "Hello", Body: templ.Raw("<p>world</p>")})

	wantStatus(t, w, http.StatusOK)
	wantBody(t, w, "<title>Hello</title><main><p>world</p></main>")
	wantHeader(t, w, "Content-Type", "text/html; charset=utf-8")
	wantHeader(t, w, "Content-Length", strconv.Itoa(w.Body.Len()))
	wantHeader(t, w, "Cache-Control", "no-cache")
	if len(reported.errs) != 0 {
		t.Errorf("reported %v, want nothing", reported.errs)
	}
}

func TestPage_keepsTheStatusAndCacheControlOfTheHandler(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	w := httptest.NewRecorder()
	w.Header().Set("Cache-Control", "public, max-age=60")

	rs.Page(w, get(t, "/"), respond.Page{Body: templ.Raw(""), Status: http.StatusUnprocessableEntity})

	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantHeader(t, w, "Cache-Control", "public, max-age=60")
}

func TestPage_isNotCachedForSignedInUsers(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	w := httptest.NewRecorder()
	r := get(t, "/")

	rs.Page(w, r.WithContext(auth.WithUser(r.Context(), auth.User{ID: "1"})), respond.Page{Body: templ.Raw("")})

	wantHeader(t, w, "Cache-Control", "no-store")
}

func TestPage_answersHEADWithTheHeadersOfGET(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	page := respond.Page{Title: "Hello", Body: templ.Raw("<p>world</p>")}
	full, head := httptest.NewRecorder(), httptest.NewRecorder()

	rs.Page(full, get(t, "/"), page)
	rs.Page(head, request(t, http.MethodHead, "/"), page)

	wantBody(t, head, "")
	wantHeader(t, head, "Content-Length", strconv.Itoa(full.Body.Len()))
}

func TestFragment_isNotCached(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	w := httptest.NewRecorder()

	rs.Fragment(w, get(t, "/?fragment=feed"), 0, templ.Raw("<li>one</li>"))

	wantStatus(t, w, http.StatusOK)
	wantBody(t, w, "<li>one</li>")
	wantHeader(t, w, "Cache-Control", "no-store")
}

func TestPage_rendersAnErrorPageIfRenderingFails(t *testing.T) {
	t.Parallel()
	halfway := errors.New("halfway")
	for name, body := range map[string]templ.Component{
		"error": templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			fmt.Fprint(w, "<p>secret half</p>")
			return halfway
		}),
		"panic": templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			fmt.Fprint(w, "<p>secret half</p>")
			panic(halfway)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rs, reported, _ := newResponder(t, nil)
			w := httptest.NewRecorder()

			rs.Page(w, get(t, "/"), respond.Page{Title: "Hello", Body: body})

			wantStatus(t, w, http.StatusInternalServerError)
			wantBody(t, w, "<title>Something went wrong</title><main><h1>Something went wrong</h1><p>Something went wrong on our end.</p><code>request-7</code></main>")
			wantHeader(t, w, "Content-Length", strconv.Itoa(w.Body.Len()))
			if len(reported.errs) != 1 || !strings.Contains(reported.errs[0].Error(), "halfway") {
				t.Errorf("reported %v, want the error once", reported.errs)
			}
		})
	}
}

func TestPage_rendersAnErrorPageIfTheFrameFails(t *testing.T) {
	t.Parallel()
	rs, reported, _ := newResponder(t, func(o *respond.Options) {
		o.Frame = func(context.Context, respond.Page) templ.Component { panic("no frame") }
	})
	w := httptest.NewRecorder()

	rs.Page(w, get(t, "/"), respond.Page{Body: templ.Raw("")})

	wantStatus(t, w, http.StatusInternalServerError)
	if got := w.Body.String(); !strings.Contains(got, "Something went wrong") || !strings.Contains(got, "request-7") || strings.Contains(got, "no frame") {
		t.Errorf("body = %q", got)
	}
	if len(reported.errs) != 2 {
		t.Errorf("reported %d errors, want the page's and the error page's", len(reported.errs))
	}
}

func TestPage_rendersTheErrorDocumentIfTheFrameFails(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]func(context.Context, respond.ErrorView) templ.Component{
		"it works": func(_ context.Context, view respond.ErrorView) templ.Component {
			return templ.Raw("<h1>" + view.Title + "</h1>" + view.RequestID)
		},
		"it fails too": func(context.Context, respond.ErrorView) templ.Component { panic("no document") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rs, _, _ := newResponder(t, func(o *respond.Options) {
				o.Frame = func(context.Context, respond.Page) templ.Component { panic("no frame") }
				o.ErrorDocument = document
			})
			w := httptest.NewRecorder()

			rs.Error(w, get(t, "/"), fault.Forbidden)

			wantStatus(t, w, http.StatusForbidden)
			if got := w.Body.String(); !strings.Contains(got, "<h1>Permission denied</h1>") || !strings.Contains(got, "request-7") {
				t.Errorf("body = %q", got)
			}
		})
	}
}

func TestError_returnsTheSubmittedForm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		form string
		want string
	}{
		"signed out":       {fault.Unauthenticated, "title=Roses&body=They+bloom.&version=3", "version=3 title=Roses body=They bloom. to /desk/articles/1"},
		"no database":      {fault.Unavailable, "title=Roses", "title=Roses to /desk/articles/1"},
		"a defect":         {errors.New("defect"), "title=Roses", "title=Roses to /desk/articles/1"},
		"too often":        {fault.TooMany, "title=Roses", "title=Roses to /desk/articles/1"},
		"not allowed":      {fault.Forbidden, "title=Roses", "to "},
		"with a password":  {fault.Unavailable, "title=Roses&new_Password=x", "to /desk/articles/1"},
		"not a valid form": {fault.Unavailable, "title=%zz", "to /desk/articles/1"},
		"an empty form":    {fault.Unavailable, "", "to /desk/articles/1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rs, _, _ := newResponder(t, func(o *respond.Options) {
				o.Frame = nil
				o.ErrorPage = func(_ context.Context, view respond.ErrorView) templ.Component {
					var text strings.Builder
					for _, field := range view.Sent {
						text.WriteString(field.Name + "=" + field.Value + " ")
					}
					return templ.Raw(text.String() + "to " + view.SentTo)
				}
			})
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/desk/articles/1", strings.NewReader(tc.form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")

			rs.Error(w, r, tc.err)

			wantBody(t, w, tc.want)
		})
	}
}

func TestError_returnsAFormToThisSiteOnly(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, func(o *respond.Options) {
		o.Frame = nil
		o.ErrorPage = func(_ context.Context, view respond.ErrorView) templ.Component { return templ.Raw(view.SentTo) }
	})
	w := httptest.NewRecorder()
	r := request(t, http.MethodPost, "/")
	r.URL = &url.URL{Path: "//evil.example/desk"}

	rs.Error(w, r, fault.Unavailable)

	wantBody(t, w, "/")
}

func TestError_answersWithTheStatusOfTheKind(t *testing.T) {
	t.Parallel()
	for kind, status := range map[fault.Kind]int{
		fault.NotFound: 404, fault.Invalid: 422, fault.Conflict: 409, fault.Forbidden: 403,
		fault.TooMany: 429, fault.TooLarge: 413, fault.Unavailable: 503, fault.Internal: 500, "unknown": 500,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rs, reported, _ := newResponder(t, nil)
			w := httptest.NewRecorder()

			rs.Error(w, get(t, "/"), fmt.Errorf("do something: %w", kind.New("A <message> for you.")))

			wantStatus(t, w, status)
			wantHeader(t, w, "Cache-Control", "no-store")
			wantHeader(t, w, "Content-Type", "text/html; charset=utf-8")
			defect := status == 500
			if got := len(reported.errs); (got == 1) != defect || got > 1 {
				t.Errorf("reported %d, want defects only, once", got)
			}
		})
	}
}

func TestError_hidesTheTextOfADefect(t *testing.T) {
	t.Parallel()
	rs, reported, _ := newResponder(t, nil)
	w := httptest.NewRecorder()
	defect := errors.New("pq: password authentication failed for user postgres")

	rs.Error(w, get(t, "/"), defect)

	if strings.Contains(w.Body.String(), "postgres") {
		t.Errorf("body = %q, want no details of the error", w.Body)
	}
	if !strings.Contains(w.Body.String(), "request-7") {
		t.Errorf("body = %q, want the request id", w.Body)
	}
	if len(reported.errs) != 1 || reported.errs[0] != defect {
		t.Errorf("reported %v, want the error itself, once", reported.errs)
	}
}

func TestError_answers413ToALongBody(t *testing.T) {
	t.Parallel()
	tooLong := &http.MaxBytesError{Limit: 10}
	for name, err := range map[string]error{
		"unwrapped":                tooLong,
		"wrapped":                  fmt.Errorf("read form: %w", tooLong),
		"wrapped as a broken form": fault.Invalid.Wrap(tooLong, "This form couldn't be read."),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rs, reported, _ := newResponder(t, nil)
			w := httptest.NewRecorder()

			rs.Error(w, get(t, "/"), err)

			wantStatus(t, w, http.StatusRequestEntityTooLarge)
			if len(reported.errs) != 0 {
				t.Errorf("reported %v, want nothing", reported.errs)
			}
		})
	}
}

// stalled is a body that does not arrive in time. The server cancels the request.
type stalled struct{ cancel context.CancelFunc }

func (s stalled) Read([]byte) (int, error) {
	s.cancel()
	return 0, os.ErrDeadlineExceeded
}

func TestError_answers408ToASlowBody(t *testing.T) {
	t.Parallel()
	for name, errorOf := range map[string]func(r *http.Request) error{
		"of the body": func(r *http.Request) error { return respond.ParseForm(r) },
		"of a query after it": func(r *http.Request) error {
			_ = r.FormValue("title") // ignores the error
			return fmt.Errorf("query: %w", r.Context().Err())
		},
	} {
		rs, reported, logged := newResponder(t, func(o *respond.Options) { o.Frame = readingFrame })
		ctx, cancel := context.WithCancel(t.Context())
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://pergola.example/", stalled{cancel})
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r = respond.TimeBody(r)
		w := httptest.NewRecorder()

		rs.Error(w, r, errorOf(r))

		wantStatus(t, w, http.StatusRequestTimeout)
		wantHeader(t, w, "Connection", "close")
		if !strings.Contains(w.Body.String(), "<title>Request timed out</title>") {
			t.Errorf("%s: the body is %q, want a page in the frame", name, w.Body)
		}
		if len(reported.errs) != 0 || logged.Len() != 0 {
			t.Errorf("%s: reported %v and logged %q, want nothing", name, reported.errs, logged)
		}
	}
}

// readingFrame reads from a database, as the header of a page does.
func readingFrame(ctx context.Context, page respond.Page) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("count notifications: %w", err)
		}
		return frame(ctx, page).Render(ctx, w)
	})
}

func TestError_rendersThePageOfARequestThatExceededItsDeadline(t *testing.T) {
	t.Parallel()
	rs, reported, _ := newResponder(t, func(o *respond.Options) { o.Frame = readingFrame })
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	w := httptest.NewRecorder()

	rs.Error(w, get(t, "/").WithContext(ctx), fmt.Errorf("query: %w", ctx.Err()))

	wantStatus(t, w, http.StatusServiceUnavailable)
	wantHeader(t, w, "Retry-After", "5")
	if !strings.Contains(w.Body.String(), "<title>Temporarily unavailable</title>") || len(reported.errs) != 0 {
		t.Errorf("body %q, reported %v, want a page in the frame and no defect", w.Body, reported.errs)
	}
}

// An outage shows in the frame, too, and is no defect there either.
func TestError_reportsNoDefectIfTheFrameIsUnavailable(t *testing.T) {
	t.Parallel()
	unavailable := fault.Unavailable.Wrap(errors.New("connection refused"), "The database is unavailable.")
	rs, reported, logged := newResponder(t, func(o *respond.Options) {
		o.Frame = func(context.Context, respond.Page) templ.Component {
			return templ.ComponentFunc(func(context.Context, io.Writer) error { return unavailable })
		}
	})
	w := httptest.NewRecorder()

	rs.Error(w, get(t, "/"), unavailable)

	wantStatus(t, w, http.StatusServiceUnavailable)
	if len(reported.errs) != 0 || !strings.Contains(logged.String(), "connection refused") {
		t.Errorf("reported %v, logged %q, want it in the log only", reported.errs, logged)
	}
}

func TestError_logsUnavailableAndSetsRetryAfter(t *testing.T) {
	t.Parallel()
	rs, reported, logged := newResponder(t, nil)
	w := httptest.NewRecorder()

	rs.Error(w, get(t, "/"), fault.Unavailable.Wrap(errors.New("connection refused"), "The database is unavailable."))

	wantHeader(t, w, "Retry-After", "5")
	if !strings.Contains(logged.String(), "connection refused") || len(reported.errs) != 0 {
		t.Errorf("logged %q, reported %v, want it in the log only", logged, reported.errs)
	}
}

func TestError_isSilentIfTheClientHasDisconnected(t *testing.T) {
	t.Parallel()
	rs, reported, logged := newResponder(t, nil)
	w := httptest.NewRecorder()
	ctx, leave := context.WithCancel(t.Context())
	leave()

	rs.Error(w, get(t, "/").WithContext(ctx), fmt.Errorf("query: %w", context.Canceled))

	if w.Body.Len() != 0 || len(reported.errs) != 0 || logged.Len() != 0 {
		t.Errorf("body %q, reported %v, logged %q, want nothing", w.Body, reported.errs, logged)
	}
}

func TestError_redirectsVisitorsToSignIn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		request *http.Request
		status  int
		header  string
		want    string
	}{
		"a page": {get(t, "/desk?state=draft"), 303, "Location", "/sign-in?next=%2Fdesk%3Fstate%3Ddraft"},
		"a part of a page": {get(t, "/desk?fragment=list", "HX-Request", "true", "HX-Current-URL", "http://pergola.example/desk?a=b"),
			204, "HX-Redirect", "/sign-in?next=%2Fdesk%3Fa%3Db"},
		"a part of a page elsewhere": {get(t, "/desk?fragment=list", "HX-Request", "true", "HX-Current-URL", "http://evil.example/desk"),
			204, "HX-Redirect", "/sign-in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rs, _, _ := newResponder(t, nil)
			w := httptest.NewRecorder()

			rs.Error(w, tc.request, fault.Unauthenticated)

			wantStatus(t, w, tc.status)
			wantHeader(t, w, tc.header, tc.want)
		})
	}
}

func TestError_returnsTheFormOfAnExpiredSession(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, func(o *respond.Options) {
		o.ErrorPage = func(_ context.Context, view respond.ErrorView) templ.Component { return templ.Raw(view.SignIn) }
	})
	w := httptest.NewRecorder()

	rs.Error(w, request(t, http.MethodPost, "/desk/articles", "Referer", "http://pergola.example/desk/articles/new"), fault.Unauthenticated)

	wantStatus(t, w, http.StatusUnauthorized)
	if want := "/sign-in?next=%2Fdesk%2Farticles%2Fnew"; !strings.Contains(w.Body.String(), want) {
		t.Errorf("body = %q, want the link %s", w.Body, want)
	}
}

func TestError_answersHTMXWithAMessageAboveThePage(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	w := httptest.NewRecorder()

	rs.Error(w, request(t, http.MethodPost, "/desk/articles/1/preview", "HX-Request", "true"), fault.Conflict.New("Someone else changed this first."))

	wantStatus(t, w, http.StatusConflict)
	wantBody(t, w, "<div data-error>Someone else changed this first.</div>")
	wantHeader(t, w, "HX-Retarget", "#messages")
	wantHeader(t, w, "HX-Reswap", "innerHTML")
	wantHeader(t, w, "HX-Reselect", "[data-error]")
}

func TestError_answersProgramsWithJSON(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	w := httptest.NewRecorder()
	err := fault.InvalidFields(fault.Field{Name: "title", Message: "Give it a title."})

	rs.Error(w, get(t, "/", "Accept", "application/json"), err)

	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantHeader(t, w, "Content-Type", "application/json; charset=utf-8")
	wantBody(t, w, `{"error":{"code":"invalid","message":"Give it a title.","fields":[{"name":"title","message":"Give it a title."}],"requestId":"request-7"}}`+"\n")
}

func TestError_choosesThePreferredMediaType(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"":                                  "text/html",
		"*/*":                               "text/html",
		"text/html, application/json":       "text/html",
		"text/html;q=0.5, application/json": "application/json",
		"application/json; charset=utf-8":   "application/json",
		"application/json;q=0":              "text/html",
		"application/json;q=x":              "text/html",
		"APPLICATION/JSON":                  "application/json",
		"image/png":                         "text/html",
	} {
		t.Run(accept, func(t *testing.T) {
			t.Parallel()
			rs, _, _ := newResponder(t, nil)
			w := httptest.NewRecorder()

			rs.Error(w, get(t, "/", "Accept", accept), fault.NotFound)

			if got, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";"); got != want {
				t.Errorf("Content-Type = %q, want %q", got, want)
			}
		})
	}
}

func TestNotFound_andMethodNotAllowedRenderErrorPages(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	missing, method := httptest.NewRecorder(), httptest.NewRecorder()
	method.Header().Set("Allow", "GET")

	rs.NotFound(missing, get(t, "/nowhere"))
	rs.MethodNotAllowed(method, request(t, http.MethodDelete, "/"))

	wantStatus(t, missing, http.StatusNotFound)
	wantStatus(t, method, http.StatusMethodNotAllowed)
	wantHeader(t, method, "Allow", "GET")
}

func TestJSON_encodesTheValue(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	w := httptest.NewRecorder()

	rs.JSON(w, get(t, "/"), http.StatusCreated, map[string]int{"n": 1})

	wantStatus(t, w, http.StatusCreated)
	wantBody(t, w, "{\"n\":1}\n")
	wantHeader(t, w, "Content-Length", "8")
}

func TestJSON_reportsAValueThatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	rs, reported, _ := newResponder(t, nil)
	w := httptest.NewRecorder()

	rs.JSON(w, get(t, "/"), http.StatusOK, func() {})

	wantStatus(t, w, http.StatusInternalServerError)
	if !strings.Contains(w.Body.String(), `"code":"internal"`) || len(reported.errs) != 1 {
		t.Errorf("body = %q, reported %v", w.Body, reported.errs)
	}
}

func TestRedirect_doesNotResubmitAForm(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	plain, htmx := httptest.NewRecorder(), httptest.NewRecorder()

	rs.Redirect(plain, request(t, http.MethodPost, "/desk"), "/desk/articles/1")
	rs.Redirect(htmx, request(t, http.MethodPost, "/desk", "HX-Request", "true"), "/desk/articles/1")

	wantStatus(t, plain, http.StatusSeeOther)
	wantHeader(t, plain, "Location", "/desk/articles/1")
	wantStatus(t, htmx, http.StatusNoContent)
	wantHeader(t, htmx, "HX-Redirect", "/desk/articles/1")
	wantHeader(t, htmx, "Location", "")
}

func TestLocalPath_staysOnTheSite(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/":                      "/",
		"/desk?a=b#c":            "/desk?a=b#c",
		"/articles/%2F%2Fevil":   "/articles/%2F%2Fevil",
		"":                       "/",
		"desk":                   "/",
		"//evil.example":         "/",
		"/\\evil.example":        "/",
		"\\/evil.example":        "/",
		"/\t/evil.example":       "/",
		"/\r\nSet-Cookie: a=b":   "/",
		"https://evil.example":   "/",
		"javascript:alert(1)":    "/",
		"/a\x00b":                "/",
		" //evil.example":        "/",
		"/ /evil.example":        "/",
		"/desk\\..\\..\\evil":    "/",
		"http:/evil.example":     "/",
		"/%5Cevil.example":       "/%5Cevil.example",
		"///evil.example/%2E%2E": "/",
	} {
		if got := respond.LocalPath(path); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestResponder_worksWithoutOptions(t *testing.T) {
	t.Parallel()
	rs := respond.New(respond.Options{Logger: slog.New(slog.DiscardHandler)})
	page, failed := httptest.NewRecorder(), httptest.NewRecorder()

	rs.Page(page, get(t, "/"), respond.Page{Body: templ.Raw("<p>x</p>")})
	rs.Error(failed, get(t, "/"), errors.New("<b>defect</b>"))

	wantBody(t, page, "<p>x</p>")
	wantStatus(t, failed, http.StatusInternalServerError)
	if strings.Contains(failed.Body.String(), "defect") {
		t.Errorf("body = %q, want no details of the error", failed.Body)
	}
}

func TestResponder_isSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	rs, _, _ := newResponder(t, nil)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			w := httptest.NewRecorder()
			body := strings.Repeat(strconv.Itoa(i)+" ", 1000)

			rs.Page(w, get(t, "/"), respond.Page{Title: "t", Body: templ.Raw(body)})

			wantBody(t, w, "<title>t</title><main>"+body+"</main>")
		})
	}
	all.Wait()
}

func BenchmarkPage(b *testing.B) {
	rs := respond.New(respond.Options{Frame: frame})
	page := respond.Page{Title: "Hello", Body: templ.Raw(strings.Repeat("<p>A paragraph of a page.</p>", 500))}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		rs.Page(w, r, page)
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
