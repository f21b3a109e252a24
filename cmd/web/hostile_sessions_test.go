package main

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/app/apptest"
)

const sessionCookie = "pergola_session"

// otherSites returns the headers of requests from other sites, or from pages that
// hide their origin.
func otherSites(s *site) map[string][]header {
	return map[string][]header{
		"another site":                      {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}},
		"a sibling domain":                  {{"Sec-Fetch-Site", "same-site"}, {"Origin", "http://evil." + s.config.Addr}},
		"an old browser":                    {{"Origin", "https://evil.example"}},
		"a page without an origin":          {{"Origin", "null"}},
		"another port":                      {{"Origin", "http://127.0.0.1:1"}},
		"our host as a prefix":              {{"Origin", s.URL + ".evil.example"}},
		"our host in the path":              {{"Origin", "http://evil.example/" + s.config.Addr}},
		"our host as user info":             {{"Origin", "http://" + s.config.Addr + "@evil.example"}},
		"another site with spoofed headers": {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}, {"Referer", s.URL + "/"}, {"X-Forwarded-Host", s.config.Addr}},
	}
}

func TestHostile_rejectsFormsFromOtherSites(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	admin := s.signIn(t, alan)
	form := url.Values{"email": {"new@example.com"}, "name": {"x"}, "password": {samplePassword}, "title": {"x"}, "body": {"x"}, "role": {"editor"}}.Encode()
	for _, route := range s.routes(t) {
		if route.method == http.MethodGet {
			continue
		}
		for from, headers := range otherSites(s) {
			got := s.ask(t, admin, route.method, withGarbage(route.pattern)[0], form, append(headers, asForm)...)
			if got.Status != http.StatusForbidden {
				t.Errorf("%s %s from %s: status %d, want 403", route.method, route.pattern, from, got.Status)
			}
			if len(got.Header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s %s from %s sets a cookie", route.method, route.pattern, from)
			}
		}
	}
	if admin.Get("/account").Path != "/account" {
		t.Error("a form on another site signed the administrator out")
	}
}

// A link or image on another site can send a GET request with the user's cookies,
// so GET changes nothing.
func TestHostile_changesNothingOnGet(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	reads := map[string]bool{}
	for _, route := range s.routes(t) {
		if route.method == http.MethodGet {
			reads[route.pattern] = true
		}
	}
	admin := s.signIn(t, alan)
	for _, route := range s.routes(t) {
		if route.method == http.MethodGet || reads[route.pattern] {
			continue
		}
		got := s.ask(t, admin, http.MethodGet, withGarbage(route.pattern)[0], "")
		if got.Status != http.StatusMethodNotAllowed && got.Status != http.StatusNotFound {
			t.Errorf("GET %s: status %d, want 405", route.pattern, got.Status)
		}
	}
	if admin.Get("/account").Path != "/account" {
		t.Error("a GET request signed the administrator out")
	}
}

// invalidSessions returns invalid values for the session cookie: forged, altered,
// ended, and from another installation.
func (s *site) invalidSessions(t *testing.T, client *apptest.Client) map[string]string {
	t.Helper()
	token := client.Cookies()[0].Value
	var id string
	var hash []byte
	query(t, s, func(db *pgx.Conn) error {
		return db.QueryRow(t.Context(), `select s.id::text, s.token_hash from auth_sessions s join accounts_users u on u.id = s.user_id where u.email = $1`, alan).Scan(&id, &hash)
	})
	elsewhere := startSite(t).signIn(t, alan).Cookies()[0].Value
	ended := s.signIn(t, alan)
	endedToken := ended.Cookies()[0].Value
	ended.Post("/sign-out", nil)

	return map[string]string{
		"forged":                        strings.Repeat("A", 43),
		"empty":                         "",
		"changed in its last character": token[:42] + string(token[42]^1),
		"in upper case":                 strings.ToUpper(token),
		"too short":                     token[:42],
		"too long":                      token + "A",
		"huge":                          strings.Repeat("A", 8000),
		"the id of a session":           id,
		"the hash of a token":           base64.RawURLEncoding.EncodeToString(hash),
		"the hash of a token, in hex":   hex.EncodeToString(hash),
		"SQL":                           "' or token_hash is not null --",
		"NUL":                           "%00",
		"from another installation":     elsewhere,
		"signed out":                    endedToken,
	}
}

func TestHostile_treatsInvalidSessionsAsVisitors(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	client := s.signIn(t, alan)
	for name, value := range s.invalidSessions(t, client) {
		got := s.ask(t, nil, http.MethodGet, "/account", "", header{"Cookie", sessionCookie + "=" + value})
		if got.Status != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/sign-in") {
			t.Errorf("%s: status %d to %q, want a redirect to sign in", name, got.Status, got.Header.Get("Location"))
		}
		if cleared := got.Header.Get("Set-Cookie"); !strings.HasPrefix(cleared, sessionCookie+"=;") {
			t.Errorf("%s: the cookie is not cleared: %q", name, cleared)
		}
		if front := s.ask(t, nil, http.MethodGet, "/", "", header{"Cookie", sessionCookie + "=" + value}); front.Status != http.StatusOK {
			t.Errorf("%s: front page: status %d, want 200", name, front.Status)
		}
	}
	if client.Get("/account").Path != "/account" {
		t.Error("the valid session was ended")
	}
}

func TestHostile_rejectsExpiredSessions(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	client := s.signIn(t, grace)
	s.expireSessions(t)

	page := client.Get("/account")

	if !strings.HasPrefix(page.Path, "/sign-in") || len(client.Cookies()) != 0 {
		t.Errorf("the account page leads to %s with %d cookies, want a redirect to sign in and no cookie", page.Path, len(client.Cookies()))
	}
}

// Signing in issues a new token, so a session cookie planted beforehand is useless.
func TestHostile_preventsSessionFixation(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T, *site) *http.Cookie{
		"a forged cookie": func(*testing.T, *site) *http.Cookie {
			return &http.Cookie{Name: sessionCookie, Value: strings.Repeat("A", 43)}
		},
		"a visitor's cookie": func(t *testing.T, s *site) *http.Cookie {
			attacker := apptest.NewClient(t, s.URL)
			got := s.ask(t, attacker, http.MethodPost, "/sign-up", "email=eve@example.com&name=Eve&password=correct-horse-battery", asForm)
			cookies := (&http.Response{Header: got.Header}).Cookies()
			if len(cookies) != 1 {
				t.Fatalf("signing up set %d cookies", len(cookies))
			}
			return cookies[0]
		},
		"the attacker's cookie": func(t *testing.T, s *site) *http.Cookie { return s.signIn(t, grace).Cookies()[0] },
	}
	for name, planted := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSite(t)
			cookie := planted(t, s)
			victim := apptest.NewClient(t, s.URL, cookie)

			victim.Post("/sign-in", url.Values{"email": {ada}, "password": {samplePassword}})

			if cookies := victim.Cookies(); len(cookies) != 1 || cookies[0].Value == cookie.Value {
				t.Errorf("the victim has the cookies %v, want one that the attacker does not know", cookies)
			}
			if victim.Get("/account").Path != "/account" {
				t.Error("the victim is not signed in")
			}
			if page := apptest.NewClient(t, s.URL, cookie).Get("/account"); !strings.HasPrefix(page.Path, "/sign-in") {
				t.Errorf("the planted cookie opens %s: %s", page.Path, page.Find("main").Text())
			}
		})
	}
}

// expireSessions lets every session of the site expire.
func (s *site) expireSessions(t *testing.T) {
	t.Helper()
	query(t, s, func(db *pgx.Conn) error {
		_, err := db.Exec(t.Context(), `update auth_sessions set expires_at = now() - interval '1 second'`)
		return err
	})
}

// query runs a query on the site's database directly.
func query(t *testing.T, s *site, do func(*pgx.Conn) error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.config.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := do(conn); err != nil {
		t.Fatal(err)
	}
}
