package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/pergola/core/app/browsertest"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

// inProduction configures a site behind a proxy that terminates TLS.
func inProduction(config *Config) {
	config.Development = false
	config.BaseURL = "https://pergola.example"
}

// behindTLS are the headers of a browser's request to such a site.
var behindTLS = []header{{"Sec-Fetch-Site", "same-origin"}, {"Origin", "https://pergola.example"}}

// sampleResponses returns responses that different parts of the program write.
func sampleResponses(t *testing.T, s *site) map[string]answer {
	t.Helper()
	form := "email=eve@example.com&name=Eve&password=correct-horse-battery"
	upgrade := handshake(s, "/socket.io/?EIO=4&transport=websocket", []header{
		{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}, {"Origin", "https://evil.example"},
	})
	asset := s.ask(t, nil, http.MethodGet, "/", "").page(t).Find("link[rel=stylesheet]").AttrOr("href", "")
	signedUp := s.ask(t, nil, http.MethodPost, "/sign-up", form, append(behindTLS, asForm)...)
	signedIn := s.ask(t, nil, http.MethodPost, "/sign-in", form, append(behindTLS, asForm)...)
	session := sessionOf(t, signedIn)
	return map[string]answer{
		"a page":                     s.ask(t, nil, http.MethodGet, "/", ""),
		"a page for one reader":      s.ask(t, nil, http.MethodGet, "/account", "", session),
		"a form":                     s.ask(t, nil, http.MethodGet, "/sign-in", ""),
		"a form with a mistake":      s.ask(t, nil, http.MethodPost, "/sign-in", "email=", append(behindTLS, asForm)...),
		"an asset":                   s.ask(t, nil, http.MethodGet, asset, ""),
		"no such asset":              s.ask(t, nil, http.MethodGet, "/assets/none.js", ""),
		"a redirect":                 s.ask(t, nil, http.MethodGet, "/account", ""),
		"signed up":                  signedUp,
		"signed in":                  signedIn,
		"not found":                  s.ask(t, nil, http.MethodGet, "/nowhere", ""),
		"not found, as JSON":         s.ask(t, nil, http.MethodGet, "/nowhere", "", header{"Accept", "application/json"}),
		"a wrong method":             s.ask(t, nil, http.MethodDelete, "/", ""),
		"forbidden":                  s.ask(t, nil, http.MethodGet, "/admin/users", "", session),
		"another site's form":        s.ask(t, nil, http.MethodPost, "/sign-in", form, asForm, header{"Origin", "https://evil.example"}),
		"too large":                  s.ask(t, nil, http.MethodPost, "/sign-in", strings.Repeat("x", 1<<20+1), append(behindTLS, asForm)...),
		"health":                     s.ask(t, nil, http.MethodGet, "/healthz", ""),
		"readiness":                  s.ask(t, nil, http.MethodGet, "/readyz", ""),
		"a malformed handshake":      s.ask(t, nil, http.MethodGet, "/socket.io/", ""),
		"a socket from another site": s.raw(t, upgrade),
		"signed out":                 s.ask(t, nil, http.MethodPost, "/sign-out", "", append(behindTLS, session)...),
	}
}

// sessionOf returns the session cookie that a response set.
func sessionOf(t *testing.T, signedIn answer) header {
	t.Helper()
	for _, cookie := range (&http.Response{Header: signedIn.Header}).Cookies() {
		if strings.HasSuffix(cookie.Name, sessionCookie) && cookie.Value != "" {
			return header{"Cookie", cookie.Name + "=" + cookie.Value}
		}
	}
	t.Fatalf("no session cookie: status %d, %v", signedIn.Status, signedIn.Header)
	return header{}
}

// Every response in production has these headers.
func TestSecurityHeaders_areOnEveryKindOfResponse(t *testing.T) {
	t.Parallel()
	s := startSite(t, inProduction, builtAssets(t))
	for kind, got := range sampleResponses(t, s) {
		wantSecurityHeaders(t, kind, got)
	}
}

func wantSecurityHeaders(t *testing.T, kind string, got answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
			"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; upgrade-insecure-requests",
		"Strict-Transport-Security":         "max-age=63072000; includeSubDomains",
		"X-Content-Type-Options":            "nosniff",
		"Referrer-Policy":                   "strict-origin-when-cross-origin",
		"Cross-Origin-Opener-Policy":        "same-origin",
		"Cross-Origin-Embedder-Policy":      "require-corp",
		"Cross-Origin-Resource-Policy":      "same-origin",
		"Origin-Agent-Cluster":              "?1",
		"X-Frame-Options":                   "DENY",
		"X-Permitted-Cross-Domain-Policies": "none",
	} {
		if values := got.Header.Values(name); len(values) != 1 || values[0] != want {
			t.Errorf("%s: %s is %q, want %q once", kind, name, values, want)
		}
	}
	for _, feature := range []string{"camera=()", "microphone=()", "geolocation=()", "payment=()", "usb=()", "browsing-topics=()"} {
		if policy := got.Header.Get("Permissions-Policy"); !strings.Contains(policy, feature) {
			t.Errorf("%s: the permissions policy %q does not contain %s", kind, policy, feature)
		}
	}
	for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"} {
		if value := got.Header.Get(name); value != "" {
			t.Errorf("%s: has %s: %s", kind, name, value)
		}
	}
}

func TestSecurityHeaders_setTheContentType(t *testing.T) {
	t.Parallel()
	s := startSite(t, inProduction, builtAssets(t))
	for kind, got := range sampleResponses(t, s) {
		wantContentType(t, kind, got)
	}
}

func wantContentType(t *testing.T, kind string, got answer) {
	t.Helper()
	contentType := got.Header.Get("Content-Type")
	switch {
	case got.Body == "":
	case contentType == "":
		t.Errorf("%s: no Content-Type", kind)
	case strings.HasPrefix(contentType, "text/") && !strings.Contains(contentType, "charset=utf-8"):
		t.Errorf("%s: Content-Type %q has no character set", kind, contentType)
	}
}

// Caches store neither private pages nor responses that set a cookie.
func TestCacheControl_keepsPrivatePagesOutOfCaches(t *testing.T) {
	t.Parallel()
	s := startSite(t, inProduction, builtAssets(t))
	answers := sampleResponses(t, s)
	for _, kind := range []string{
		"a page for one reader", "signed up", "signed in", "signed out", "a redirect", "not found", "forbidden",
		"another site's form", "too large", "health", "readiness", "no such asset", "not found, as JSON",
		"a socket from another site", "a malformed handshake",
	} {
		if cache := answers[kind].Header.Get("Cache-Control"); cache != "no-store" {
			t.Errorf("%s: Cache-Control %q, want no-store", kind, cache)
		}
	}
	for kind, got := range answers {
		if got.Header.Get("Set-Cookie") != "" && got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: sets a cookie with Cache-Control %q", kind, got.Header.Get("Cache-Control"))
		}
	}
	for _, kind := range []string{"a page", "a form"} {
		if cache, vary := answers[kind].Header.Get("Cache-Control"), strings.Join(answers[kind].Header.Values("Vary"), ", "); cache != "no-cache" || !strings.Contains(vary, "Cookie") {
			t.Errorf("%s: Cache-Control %q, Vary %q, want revalidation and Vary: Cookie", kind, cache, vary)
		}
	}
	if cache := answers["an asset"].Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
		t.Errorf("an asset: Cache-Control %q", cache)
	}
	if vary := answers["an asset"].Header.Get("Set-Cookie"); vary != "" {
		t.Errorf("an asset sets the cookie %q", vary)
	}
}

func TestCookies_areHostOnlyAndHTTPOnly(t *testing.T) {
	t.Parallel()
	s := startSite(t, inProduction)
	for kind, got := range sampleResponses(t, s) {
		for _, line := range got.Header.Values("Set-Cookie") {
			attributes := strings.ToLower(line)
			if !strings.HasPrefix(line, "__Host-"+sessionCookie+"=") {
				t.Errorf("%s: the cookie %q lacks the __Host- prefix", kind, line)
			}
			for _, want := range []string{"path=/", "httponly", "secure", "samesite=lax", "max-age="} {
				if !strings.Contains(attributes, want) {
					t.Errorf("%s: the cookie %q is not %s", kind, line, want)
				}
			}
			if strings.Contains(attributes, "domain=") {
				t.Errorf("%s: the cookie %q is sent to other hosts", kind, line)
			}
		}
	}
}

// Signing out clears the browser's data, for the next user of a shared computer.
func TestSignOut_clearsSiteData(t *testing.T) {
	t.Parallel()
	s := startSite(t, inProduction)

	got := sampleResponses(t, s)["signed out"]

	if clear := got.Header.Get("Clear-Site-Data"); clear != `"storage"` {
		t.Errorf("Clear-Site-Data is %q", clear)
	}
	if cookie := got.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-"+sessionCookie+"=;") {
		t.Errorf("the cookie is not cleared: %q", cookie)
	}
}

// Pages for developers exist only in development.
func TestProduction_hasNoDevelopmentPages(t *testing.T) {
	t.Parallel()
	s := startSite(t, inProduction)
	for _, path := range []string{"/dev", "/dev/", "/dev/components", "/dev/asyncapi.json", "/dev/mail", "/dev/reload.js", "/debug/pprof/", "/debug/vars", "/metrics"} {
		if got := s.ask(t, nil, http.MethodGet, path, ""); got.Status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, got.Status)
		}
	}
	form := url.Values{"email": {ada}, "password": {samplePassword}}.Encode()
	if got := s.ask(t, nil, http.MethodPost, "/sign-in", form, append(behindTLS, asForm)...); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("signing in as a sample user: status %d, want 422", got.Status)
	}
	if page := s.ask(t, nil, http.MethodGet, "/sign-in", ""); strings.Contains(page.Body, samplePassword) {
		t.Error("the sample password is on the page")
	}
}

func TestSecurityHeaders_letThePagesWork(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := s.wantPagesWork(t, "/", "/account")
	if browsertest.Eval[bool](window, "(() => { window.evaluated = false; const s = document.createElement('script'); s.textContent = 'window.evaluated = true'; document.body.append(s); return window.evaluated })()") {
		t.Error("the policy lets an inline script run")
	}
	window.AllowErrors("Content Security Policy") // the inline script was blocked

	window.Goto(s.URL + "/")
	browsertest.Eval[bool](window, "(sessionStorage.setItem('draft', 'x'), localStorage.setItem('draft', 'x'), true)")
	window.WaitFor("form[action='/sign-out']")
	browsertest.Eval[bool](window, "(document.querySelector('form[action=\"/sign-out\"]').requestSubmit(), true)")
	window.WaitFor("a[href^='/sign-in']")
	if browsertest.Eval[bool](window, "localStorage.getItem('draft') !== null || sessionStorage.getItem('draft') !== null") {
		t.Error("signing out left data in the browser's storage")
	}
}

// wantPagesWork visits the pages as an editor. Browsers enforce the policies and
// log violations to the console, which fails the test.
func (s *site) wantPagesWork(t *testing.T, paths ...string) *browsertest.Window {
	t.Helper()
	window := browsertest.Open(t)
	s.signInWith(window, ada)
	for _, path := range paths {
		window.Goto(s.URL + path)
		window.WaitFor("main h1")
		if !browsertest.Eval[bool](window, "crossOriginIsolated && document.styleSheets.length > 0 && [...document.images].every(i => i.complete && i.naturalWidth > 0)") {
			t.Errorf("%s is not isolated, or did not load completely", path)
		}
	}
	return window
}

func TestServe_warnsWhereCookiesAreNotSecure(t *testing.T) {
	t.Parallel()
	for baseURL, want := range map[string]bool{"http://pergola.example": true, "https://pergola.example": false} {
		var log lockedBuffer
		address := freeAddress(t)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan int, 1)
		env := environmentOf(map[string]string{"ADDR": address, "BASE_URL": baseURL, "SMTP_URL": "off", "DRAIN_DELAY": "0s", "DATABASE_URL": databasetest.URL(t, databasetest.New(t, migrations.FS))})
		go func() { ended <- run(ctx, nil, env, &log, &log) }()
		waitReady(t, "http://"+address+"/readyz")
		stop()

		if code := <-ended; code != 0 {
			t.Errorf("code = %d: %s", code, log.String())
		}
		if warned := strings.Contains(log.String(), "cookies are not marked as secure"); warned != want {
			t.Errorf("%s: warned: %v, want %v", baseURL, warned, want)
		}
	}
}
