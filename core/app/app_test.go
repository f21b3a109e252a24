package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/app"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
)

// options returns the options of an application with one feature and no
// infrastructure.
func options(t testing.TB, routes func(chi.Router)) app.Options {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	return app.Options{
		Manifests: []feature.Manifest{{Name: "sample", Routes: routes}},
		Session:   func(next http.Handler) http.Handler { return next },
		Respond:   respond.New(respond.Options{Logger: logger, RequestID: app.RequestID}),
		Logger:    logger,
	}
}

func build(t testing.TB, o app.Options) *app.App {
	t.Helper()
	a, err := app.New(o)
	if err != nil {
		t.Fatalf("app.New: %v", err)
	}
	return a
}

func respondTo(a *app.App, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w
}

func greet(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

func TestHealthz_succeedsWhileTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	o := options(t, nil)
	o.Ready = []app.Check{{Name: "database", Check: func(context.Context) error { return errors.New("gone") }}}

	got := respondTo(build(t, o), httptest.NewRequest(http.MethodGet, "/healthz", nil))

	if got.Code != http.StatusOK {
		t.Errorf("status = %d, want 200 although the database is down", got.Code)
	}
}

func TestReadyz_namesFailedChecksWithoutTheirErrors(t *testing.T) {
	t.Parallel()
	o := options(t, nil)
	o.Ready = []app.Check{
		{Name: "migrations", Check: func(context.Context) error { return nil }},
		{Name: "database", Check: func(context.Context) error { return errors.New("password=hunter2") }},
	}

	got := respondTo(build(t, o), httptest.NewRequest(http.MethodGet, "/readyz", nil))

	if got.Code != http.StatusServiceUnavailable {
		t.Errorf("status = %d, want 503", got.Code)
	}
	if body := got.Body.String(); !strings.Contains(body, `"database":"failed"`) || !strings.Contains(body, `"migrations":"ok"`) || strings.Contains(body, "hunter2") {
		t.Errorf("body = %s", body)
	}
}

func TestSecurityHeaders_areSetOnEveryResponse(t *testing.T) {
	t.Parallel()
	o := options(t, func(r chi.Router) { r.Get("/", greet) })
	o.BaseURL = "https://example.com"
	a := build(t, o)

	for _, path := range []string{"/", "/healthz", "/nowhere"} {
		header := respondTo(a, httptest.NewRequest(http.MethodGet, path, nil)).Header()
		for _, name := range []string{
			"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy",
			"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Frame-Options", "Strict-Transport-Security", "X-Request-Id",
		} {
			if header.Get(name) == "" {
				t.Errorf("%s: no %s header", path, name)
			}
		}
		if csp := header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the Content-Security-Policy allows something unsafe: %s", path, csp)
		}
	}
}

func TestSecurityHeaders_includeHSTSOnlyWithHTTPS(t *testing.T) {
	t.Parallel()
	o := options(t, nil)
	o.BaseURL = "http://localhost:8080"

	header := respondTo(build(t, o), httptest.NewRequest(http.MethodGet, "/", nil)).Header()

	if got := header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("Strict-Transport-Security over http = %q, want none", got)
	}
}

func TestUnsafeRequests_areRejectedFromOtherSites(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		header http.Header
		status int
	}{
		"no browser":             {http.Header{}, http.StatusOK},
		"same origin":            {http.Header{"Sec-Fetch-Site": {"same-origin"}}, http.StatusOK},
		"another site":           {http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		"a sibling domain":       {http.Header{"Sec-Fetch-Site": {"same-site"}}, http.StatusForbidden},
		"an old foreign browser": {http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
		"an old browser":         {http.Header{"Origin": {"https://example.com"}}, http.StatusOK},
		"behind a proxy that renames the host": {
			http.Header{"Origin": {"https://shop.example"}, "Sec-Fetch-Site": {"cross-site"}}, http.StatusOK},
	}
	o := options(t, func(r chi.Router) { r.Post("/", greet) })
	o.BaseURL = "https://shop.example"
	a := build(t, o)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "https://example.com/", nil)
			r.Header = test.header
			if got := respondTo(a, r).Code; got != test.status {
				t.Errorf("status = %d, want %d", got, test.status)
			}
		})
	}
}

func TestUnsafeRequests_nameTheSettingOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := options(t, func(r chi.Router) { r.Post("/", greet) })
	o.BaseURL, o.Logger = "https://shop.internal", slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a := build(t, o)

	for n := range 100 {
		r := httptest.NewRequest(http.MethodPost, "https://shop.internal/", nil)
		r.Header.Set("Origin", "https://shop.example")
		respondTo(a, r)
		r.Header.Set("Origin", fmt.Sprintf("https://%d.example", n))
		respondTo(a, r)
	}

	if got := strings.Count(log.String(), "origin=https://shop.example "); got != 1 || !strings.Contains(log.String(), "BASE_URL") {
		t.Errorf("the rejected origin is in the log %d times, want once with the setting:\n%s", got, log.String())
	}
	if got := strings.Count(log.String(), "\n"); got != 10 {
		t.Errorf("a flood of origins makes %d lines, want 10", got)
	}
}

func TestBodies_areLimited(t *testing.T) {
	t.Parallel()
	o := options(t, func(r chi.Router) {
		r.Post("/", func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err != nil {
				respond.New(respond.Options{}).Error(w, r, err)
			}
		})
	})
	o.MaxBody = 1024
	a := build(t, o)
	tests := map[string]struct {
		body   io.Reader
		status int
	}{
		"at the limit":            {strings.NewReader(strings.Repeat("x", 1024)), http.StatusOK},
		"declared as too large":   {strings.NewReader(strings.Repeat("x", 1025)), http.StatusRequestEntityTooLarge},
		"without a declared size": {io.MultiReader(strings.NewReader(strings.Repeat("x", 1025))), http.StatusRequestEntityTooLarge},
		"none":                    {nil, http.StatusOK},
		"large, in small reads":   {io.LimitReader(endless{}, 1<<22), http.StatusRequestEntityTooLarge},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := respondTo(a, httptest.NewRequest(http.MethodPost, "/", test.body)).Code; got != test.status {
				t.Errorf("status = %d, want %d", got, test.status)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, "xxxxxxxx"), nil }

func TestRoutes_respondToUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	a := build(t, options(t, func(r chi.Router) { r.Get("/thing", greet) }))

	missing := respondTo(a, httptest.NewRequest(http.MethodGet, "/nothing", nil))
	wrong := respondTo(a, httptest.NewRequest(http.MethodDelete, "/thing", nil))

	if missing.Code != http.StatusNotFound || !strings.Contains(missing.Body.String(), "Not found") {
		t.Errorf("unknown route: %d %s", missing.Code, missing.Body)
	}
	if wrong.Code != http.StatusMethodNotAllowed || wrong.Header().Get("Allow") != http.MethodGet {
		t.Errorf("unknown method: %d, Allow %q", wrong.Code, wrong.Header().Get("Allow"))
	}
}

func TestHead_worksWhereGetDoes(t *testing.T) {
	t.Parallel()
	a := build(t, options(t, func(r chi.Router) { r.Get("/thing", greet) }))

	for _, path := range []string{"/thing", "/healthz"} {
		if got := respondTo(a, httptest.NewRequest(http.MethodHead, path, nil)).Code; got != http.StatusOK {
			t.Errorf("HEAD %s = %d, want 200", path, got)
		}
	}
}

func TestRanges_areOfUncompressedBodies(t *testing.T) {
	t.Parallel()
	document := strings.Repeat("<p>Leaves</p>", 1000)
	o := options(t, func(r chi.Router) {
		r.Get("/", func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "a.html", time.Time{}, strings.NewReader(document))
		})
	})
	whole, part := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRequest(http.MethodGet, "/", nil)
	whole.Header.Set("Accept-Encoding", "gzip")
	part.Header = http.Header{"Accept-Encoding": {"gzip"}, "Range": {"bytes=3-8"}}

	compressed, identity := respondTo(build(t, o), whole), respondTo(build(t, o), part)

	if got := compressed.Header().Get("Content-Encoding"); got != "gzip" {
		t.Errorf("the whole document has the encoding %q, want gzip", got)
	}
	if got := identity.Header().Get("Content-Encoding"); got != "" || identity.Code != http.StatusPartialContent || identity.Body.String() != "Leaves" {
		t.Errorf("the range is %d, %q, in the encoding %q, want 206 and plain text", identity.Code, identity.Body, got)
	}
}

func TestPanics_showAnErrorPageAndAreReported(t *testing.T) {
	t.Parallel()
	var reports reports
	o := options(t, func(r chi.Router) {
		r.Get("/", func(http.ResponseWriter, *http.Request) { panic("secret cause") })
	})
	o.Respond = respond.New(respond.Options{Reporter: &reports, RequestID: app.RequestID})

	got := respondTo(build(t, o), httptest.NewRequest(http.MethodGet, "/", nil))

	if got.Code != http.StatusInternalServerError || strings.Contains(got.Body.String(), "secret") {
		t.Errorf("response: %d %s", got.Code, got.Body)
	}
	if !strings.Contains(got.Body.String(), got.Header().Get("X-Request-Id")) {
		t.Errorf("the page does not show the request id: %s", got.Body)
	}
	if len(reports.errs) != 1 || !strings.Contains(reports.errs[0].Error(), "secret cause") {
		t.Errorf("reports = %v, want the panic once", reports.errs)
	}
}

type reports struct{ errs []error }

func (r *reports) Report(_ context.Context, err error) { r.errs = append(r.errs, err) }

func TestRequestID_isNeverTheClients(t *testing.T) {
	t.Parallel()
	a := build(t, options(t, nil))
	seen := map[string]bool{}
	for range 100 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Request-Id", "forged\nline")
		id := respondTo(a, r).Header().Get("X-Request-Id")
		if seen[id] || len(id) != 20 {
			t.Fatalf("id %q is not a new one made by the server", id)
		}
		seen[id] = true
	}
}

func TestClientIP_readsOnlyTheTrustedHeader(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		trusted string
		header  http.Header
		want    string
	}{
		"no trusted header":      {"", http.Header{"X-Forwarded-For": {"6.6.6.6"}}, "192.0.2.1:1234"},
		"one address":            {"X-Real-Ip", http.Header{"X-Real-Ip": {"203.0.113.9"}}, "203.0.113.9:0"},
		"the proxy's own":        {"X-Forwarded-For", http.Header{"X-Forwarded-For": {"6.6.6.6, 203.0.113.9"}}, "203.0.113.9:0"},
		"several header lines":   {"X-Forwarded-For", http.Header{"X-Forwarded-For": {"6.6.6.6", "203.0.113.9"}}, "203.0.113.9:0"},
		"IPv6":                   {"X-Real-Ip", http.Header{"X-Real-Ip": {"2001:db8::1"}}, "[2001:db8::1]:0"},
		"with a port":            {"X-Forwarded-For", http.Header{"X-Forwarded-For": {"6.6.6.6:1, 203.0.113.9:51034"}}, "203.0.113.9:0"},
		"IPv6 in brackets":       {"X-Forwarded-For", http.Header{"X-Forwarded-For": {"[2001:db8::1]"}}, "[2001:db8::1]:0"},
		"IPv6 with a port":       {"X-Forwarded-For", http.Header{"X-Forwarded-For": {"[2001:db8::1]:51034"}}, "[2001:db8::1]:0"},
		"IPv4 as IPv6":           {"X-Real-Ip", http.Header{"X-Real-Ip": {"::ffff:203.0.113.9"}}, "203.0.113.9:0"},
		"RFC 7239":               {"Forwarded", http.Header{"Forwarded": {"for=6.6.6.6, for=203.0.113.9;proto=https;by=10.0.0.1"}}, "203.0.113.9:0"},
		"RFC 7239 with a port":   {"forwarded", http.Header{"Forwarded": {`proto=https; For="203.0.113.9:51034"`}}, "203.0.113.9:0"},
		"RFC 7239 with IPv6":     {"Forwarded", http.Header{"Forwarded": {`for="[2001:db8::1]:51034";host="a,b"`}}, "[2001:db8::1]:0"},
		"RFC 7239 without one":   {"Forwarded", http.Header{"Forwarded": {"for=203.0.113.9, for=unknown"}}, "192.0.2.1:1234"},
		"an invalid address":     {"X-Real-Ip", http.Header{"X-Real-Ip": {"<script>"}}, "192.0.2.1:1234"},
		"no header":              {"X-Real-Ip", http.Header{}, "192.0.2.1:1234"},
		"a forged second header": {"X-Real-Ip", http.Header{"X-Forwarded-For": {"6.6.6.6"}}, "192.0.2.1:1234"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got string
			o := options(t, func(r chi.Router) {
				r.Get("/", func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })
			})
			o.ClientIPHeader = test.trusted
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header, r.RemoteAddr = test.header, "192.0.2.1:1234"

			respondTo(build(t, o), r)

			if got != test.want {
				t.Errorf("address = %q, want %q", got, test.want)
			}
		})
	}
}

// Without the client's address, rate limits apply to all clients together.
func TestClientIP_namesTheSettingOnceIfItIsWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		setting, header, value, says string
		development                  bool
	}{
		"a proxy without the setting": {"", "X-Forwarded-For", "203.0.113.9", "CLIENT_IP_HEADER is not set", false},
		"no address in the header":    {"X-Forwarded-For", "X-Forwarded-For", "unknown", "CLIENT_IP_HEADER holds no address", false},
		"no proxy":                    {"", "X-Other", "203.0.113.9", "", false},
		"the development server":      {"", "X-Forwarded-For", "127.0.0.1", "", true},
	} {
		var log bytes.Buffer
		o := options(t, func(r chi.Router) { r.Get("/", greet) })
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		o.ClientIPHeader, o.Development = test.setting, test.development
		a := build(t, o)
		for range 3 {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set(test.header, test.value)
			respondTo(a, r)
		}

		if got := log.String(); test.says == "" && got != "" || test.says != "" && (strings.Count(got, "\n") != 1 || !strings.Contains(got, test.says)) {
			t.Errorf("%s: the log is %q, want one line that says %q", name, got, test.says)
		}
	}
}

func TestNew_rejectsInvalidManifests(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		manifests []feature.Manifest
		want      string
	}{
		"no name":                   {[]feature.Manifest{{}}, "one lower-case word"},
		"an invalid name":           {[]feature.Manifest{{Name: "../blog"}}, "one lower-case word"},
		"a duplicate name":          {[]feature.Manifest{{Name: "blog"}, {Name: "blog"}}, "cmd/web/features.go"},
		"navigation":                {[]feature.Manifest{{Name: "blog", Navigation: []feature.NavItem{{Label: "Desk", Path: "desk"}}}}, "features/blog/blog.go"},
		"a path of another feature": {[]feature.Manifest{{Name: "blog"}, {Name: "shop", Paths: []string{"/shop/cart", "/blog"}}}, `"/blog", which belongs to "blog": fix features/shop/shop.go`},
		"an invalid path":           {[]feature.Manifest{{Name: "shop", Paths: []string{"cart"}}}, "fix features/shop/shop.go"},
		"an invalid route":          {[]feature.Manifest{{Name: "blog", Routes: func(r chi.Router) { r.Get("no-slash", greet) }}}, "features/blog/routes.go"},
		"an invalid pattern":        {[]feature.Manifest{{Name: "blog", Routes: func(r chi.Router) { r.Get("/{id", greet) }}}, "features/blog/routes.go"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, nil)
			o.Manifests = test.manifests
			_, err := app.New(o)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error = %v, want one line with %q", err, test.want)
			}
		})
	}
}

// recorder records the order in which things happen.
type recorder struct {
	mu      sync.Mutex
	entries []string
}

func (r *recorder) record(entry string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, entry)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.entries, ", ")
}

type service struct {
	name     string
	recorder *recorder
	startErr error
	stop     func(context.Context)
}

func (s service) Start(context.Context) error {
	s.recorder.record("start " + s.name)
	return s.startErr
}

func (s service) Stop(ctx context.Context) error {
	if s.stop != nil {
		s.stop(ctx)
	}
	s.recorder.record("stop " + s.name)
	return nil
}

func TestRun_stopsSocketsWhileRequestsFinishAndServicesLast(t *testing.T) {
	t.Parallel()
	var events recorder
	entered, socketsStopping := make(chan struct{}), make(chan struct{})
	o := options(t, func(r chi.Router) {
		r.Get("/slow", func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-socketsStopping
			events.record("request")
			greet(w, r)
		})
	})
	o.Services = []app.Service{service{name: "events", recorder: &events}, service{name: "jobs", recorder: &events}}
	o.Sockets = service{name: "sockets", recorder: &events, stop: func(context.Context) { defer close(socketsStopping) }}
	listener := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- build(t, o).Run(ctx, listener) }()
	body := make(chan string, 1)
	go func() { body <- get("http://" + listener.Addr().String() + "/slow") }()

	<-entered
	stop()

	if err := <-ended; err != nil {
		t.Fatalf("Run: %v", err)
	}
	if got := <-body; got != "hello" {
		t.Errorf("the request in flight got %q, want hello", got)
	}
	sequence := events.String()
	if !strings.HasPrefix(sequence, "start events, start jobs, start sockets, ") || !strings.HasSuffix(sequence, "stop jobs, stop events") {
		t.Errorf("order: %s", sequence)
	}
}

func TestRun_reportsDrainingWhileItStillServes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var events recorder
		o := options(t, func(r chi.Router) { r.Get("/", greet) })
		o.DrainDelay, o.ShutdownTimeout = 10*time.Second, 20*time.Second
		o.Services = []app.Service{service{name: "events", recorder: &events}}
		listener := pipes()
		client := &http.Client{Transport: &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}}
		ask := func(path string) (int, string) {
			response, err := client.Get("http://pergola" + path)
			if err != nil {
				return 0, err.Error()
			}
			defer func() { _ = response.Body.Close() }()
			body, _ := io.ReadAll(response.Body)
			return response.StatusCode, string(body)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		started := time.Now()
		go func() { ended <- build(t, o).Run(ctx, listener) }()
		synctest.Wait()

		before, _ := ask("/readyz")
		stop()
		synctest.Wait()
		draining, answer := ask("/readyz")
		served, _ := ask("/")

		if before != http.StatusOK || draining != http.StatusServiceUnavailable || !strings.Contains(answer, "draining") || served != http.StatusOK {
			t.Errorf("/readyz answered %d, and while draining %d %q; / answered %d; want 200, 503 with the reason, 200", before, draining, answer, served)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		if took := time.Since(started); took < o.DrainDelay || took > o.DrainDelay+o.ShutdownTimeout {
			t.Errorf("Run returned after %v, want at least the delay of %v", took, o.DrainDelay)
		}
		if status, _ := ask("/"); status != 0 {
			t.Errorf("after Run returned / answered %d, want no connection", status)
		}
	})
}

// pipeListener is a listener in memory, for virtual time.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   *sync.Once
}

func pipes() pipeListener {
	return pipeListener{make(chan net.Conn), make(chan struct{}), new(sync.Once)}
}

func (l pipeListener) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l pipeListener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func TestRun_returnsWithinTheShutdownTimeout(t *testing.T) {
	t.Parallel()
	var events recorder
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	o := options(t, func(r chi.Router) {
		r.Get("/hang", func(http.ResponseWriter, *http.Request) { close(entered); <-release })
	})
	o.ShutdownTimeout = 200 * time.Millisecond
	o.Services = []app.Service{service{name: "events", recorder: &events, stop: func(ctx context.Context) { <-ctx.Done() }}}
	listener := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- build(t, o).Run(ctx, listener) }()
	go get("http://" + listener.Addr().String() + "/hang")

	<-entered
	stop()

	select {
	case err := <-ended:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v, want context.DeadlineExceeded, because requests did not finish", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Run hangs")
	}
}

func TestRun_stopsStartedServicesWhenOneFailsToStart(t *testing.T) {
	t.Parallel()
	var events recorder
	o := options(t, nil)
	broken := fault.Unavailable.New("no queue")
	o.Services = []app.Service{
		service{name: "events", recorder: &events},
		service{name: "jobs", recorder: &events, startErr: broken},
		service{name: "never", recorder: &events},
	}

	err := build(t, o).Run(t.Context(), listen(t))

	if !errors.Is(err, broken) {
		t.Errorf("Run = %v, want the service's error", err)
	}
	if got := events.String(); got != "start events, start jobs, stop events" {
		t.Errorf("order: %s", got)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func get(url string) string {
	response, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	return string(body)
}
