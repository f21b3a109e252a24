package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"example.com/pergola/core/app/apptest"
)

// ambiguousPaths are paths that servers parse differently. None of them is valid.
var ambiguousPaths = []string{
	"/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%252e%252e/etc/passwd", "/....//....//etc/passwd",
	"/assets/../go.mod", "/assets/..%2fgo.mod", "/assets/%2e%2e/go.mod", "/assets/..%5cgo.mod", "/assets/%2e%2e%2f%2e%2e%2fgo.mod",
	"/assets/", "/assets//app.css", "/assets/.keep", "/assets/manifest.json", "/assets/app.css%00.js", "/assets/%00", "/assets//etc/passwd",
	"//evil.example/account", "///account", "//account", "/account/", "/account//", "/account/.", "/account/..", "/account.", "/account%20",
	"/ACCOUNT", "/%61ccount", "/account%2f", "/account%00", "/account;x=1", "/./account", "/x/../account", "/x/%2e%2e/account", "/..;/account",
	"/desk/", "/desk.", "/desk%2e", "//desk", "/desk/articles/..%2f..%2f..%2fdesk", "/articles/..%2f..%2fdesk", "/articles/../desk",
	"/admin/users/", "/admin//users", "/admin/./users", "/admin%2fusers", "/Admin/Users", "/admin/users%3f", "/admin/users.json",
	"/healthz/", "/socket.io", "/socket.io/x", "/.env", "/.git/config", "/debug/pprof/", "/metrics", "/dev/reload.js", "/web", "/index.php",
	"/articles/", "/articles//", "/articles/a/b", "/feed.xml/", "/feed.xml%20", "/" + strings.Repeat("a/", 8000), "/" + strings.Repeat("%2e%2e/", 4000),
	"/\\evil.example", "/%5cevil.example", "/%09/evil.example", "/@evil.example", "/:80", "/%", "/%zz", "/%u0041",
}

func TestHostile_rejectsPathTraversal(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	admin := s.signIn(t, alan)
	for _, path := range ambiguousPaths {
		for who, client := range map[string]*apptest.Client{"a visitor": nil, "an administrator": admin} {
			what := who + " gets " + path[:min(len(path), 60)]
			got := s.ask(t, client, http.MethodGet, path, "")
			wantOrderly(t, what, got)
			if got.Status < 400 {
				t.Errorf("%s: status %d, want a rejection", what, got.Status)
			}
			if strings.Contains(got.Body, "root:") || strings.Contains(got.Body, "module example.com") {
				t.Errorf("%s: got a file:\n%.200s", what, got.Body)
			}
		}
	}
}

// The site does not trust the host that a client sends.
func TestHostile_ignoresHostHeaders(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	for name, request := range map[string]string{
		"an absolute URL":          "GET http://evil.example/account HTTP/1.1\r\nHost: " + s.config.Addr + "\r\n\r\n",
		"another host":             "GET /account HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"a forwarded host":         "GET /account HTTP/1.1\r\nHost: " + s.config.Addr + "\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n\r\n",
		"a rewritten URL":          "GET /account HTTP/1.1\r\nHost: " + s.config.Addr + "\r\nX-Original-URL: /admin/users\r\nX-Rewrite-URL: /admin/users\r\n\r\n",
		"another method":           "GET /account HTTP/1.1\r\nHost: " + s.config.Addr + "\r\nX-HTTP-Method-Override: DELETE\r\n\r\n",
		"another host, front page": "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"another host, Atom feed":  "GET /feed.xml HTTP/1.1\r\nHost: evil.example\r\n\r\n",
	} {
		got := s.raw(t, request)
		wantOrderly(t, name, got)
		if strings.Contains(got.Body+got.Header.Get("Location"), "evil.example") {
			t.Errorf("%s: the response contains the untrusted host: %v\n%.300s", name, got.Header, got.Body)
		}
	}
}

func TestHostile_rejectsUnknownMethods(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	admin := s.signIn(t, alan)
	for _, path := range []string{
		"/desk/articles", "/feed.xml", "/socket.io/", // 404 without the blog and without realtime
		"/", "/account", "/sign-out", "/admin/users", "/healthz", "/assets/app.css", "/nowhere",
	} {
		exists := s.ask(t, admin, http.MethodGet, path, "").Status != http.StatusNotFound
		for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FOO", "get", strings.Repeat("A", 4000)} {
			what := method[:min(len(method), 20)] + " " + path
			got := s.ask(t, admin, method, path, "", header{"X-Echo", "echoed"})
			wantOrderly(t, what, got)
			switch got.Status {
			case http.StatusBadRequest, http.StatusNotFound:
			case http.StatusMethodNotAllowed:
				if exists && len(got.Header.Values("Allow")) == 0 {
					t.Errorf("%s: 405 without an Allow header", what)
				}
			default:
				t.Errorf("%s: status %d, want 405", what, got.Status)
			}
			if strings.Contains(got.Body, "echoed") {
				t.Errorf("%s: the response echoes the request: %s", what, got.Body)
			}
		}
	}
}

func TestHostile_answersHeadLikeGetWithoutABody(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	admin := s.signIn(t, alan)
	for _, route := range s.routes(t) {
		if route.method != http.MethodGet {
			continue
		}
		path := withGarbage(route.pattern)[0]
		get, head := s.ask(t, admin, http.MethodGet, path, ""), s.ask(t, admin, http.MethodHead, path, "")
		if head.Status != get.Status || head.Body != "" {
			t.Errorf("HEAD %s: status %d with %d bytes, want %d with none", route.pattern, head.Status, len(head.Body), get.Status)
		}
	}
}

func TestHostile_rejectsTooManyHeaders(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	client := s.signIn(t, grace)
	many := make([]header, 0, 500)
	for i := range 500 {
		many = append(many, header{"X-Flood-" + strconv.Itoa(i), strings.Repeat("y", 100)})
	}
	tests := map[string]struct {
		headers []header
		status  int
	}{
		"many fields":            {many, http.StatusRequestHeaderFieldsTooLarge},
		"one long field":         {[]header{{"X-Flood", strings.Repeat("y", 64<<10)}}, http.StatusRequestHeaderFieldsTooLarge},
		"very many cookies":      {[]header{{"Cookie", strings.Repeat("a=b; ", 10_000)}}, http.StatusRequestHeaderFieldsTooLarge},
		"many cookies":           {[]header{{"Cookie", strings.Repeat("a=b; ", 5_000)}}, http.StatusOK},
		"a long Accept-Language": {[]header{{"Accept-Language", strings.Repeat("en;q=0.1,", 3_000)}}, http.StatusOK},
		"a long Accept":          {[]header{{"Accept", strings.Repeat("text/html;q=0.1,", 1_800)}}, http.StatusOK},
	}
	for name, test := range tests {
		if got := s.ask(t, client, http.MethodGet, "/", "", test.headers...); got.Status != test.status {
			t.Errorf("%s: status %d, want %d", name, got.Status, test.status)
		}
	}
	if client.Get("/account").Path != "/account" {
		t.Error("the site is down after the flood")
	}
}
