package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/auth"
)

func TestSignOut_clearsTheBrowsersData(t *testing.T) {
	t.Parallel()
	const grace = "0190b3a0-0000-7000-8000-0000000926ce"
	tests := map[string]struct {
		do      func(s *site, r *http.Request) error
		visitor bool
		want    bool
	}{
		"signing out":              {func(s *site, r *http.Request) error { return s.sessions.SignOut(r.Context()) }, false, true},
		"signing out everywhere":   {func(s *site, r *http.Request) error { return s.sessions.EndAll(r.Context(), ada) }, false, true},
		"signing out another user": {func(s *site, r *http.Request) error { return s.sessions.EndAll(r.Context(), grace) }, false, false},
		"ending this session by its id": {func(s *site, r *http.Request) error {
			return s.sessions.End(r.Context(), ada, s.sessions.CurrentID(r.Context()))
		}, false, true},
		"signing in again":      {func(s *site, r *http.Request) error { return s.sessions.SignIn(r.Context(), ada) }, false, false},
		"signing in as another": {func(s *site, r *http.Request) error { return s.sessions.SignIn(r.Context(), grace) }, false, true},
		"renewing":              {func(s *site, r *http.Request) error { return s.sessions.Renew(r.Context()) }, false, false},
		"signing out with a message": {func(s *site, r *http.Request) error {
			defer s.sessions.Flash(r.Context(), "Goodbye.")
			return s.sessions.SignOut(r.Context())
		}, false, true},
		"signing in":               {func(s *site, r *http.Request) error { return s.sessions.SignIn(r.Context(), ada) }, true, false},
		"signing out as a visitor": {func(s *site, r *http.Request) error { return s.sessions.SignOut(r.Context()) }, true, false},
		"nothing":                  {func(*site, *http.Request) error { return nil }, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			insertUser(t, s.db, auth.User{ID: grace, Email: "grace@example.com", Name: "Grace"})
			var cookies []*http.Cookie
			if !test.visitor {
				cookies = append(cookies, s.signIn())
			}

			response := s.visit(func(_ http.ResponseWriter, r *http.Request) {
				if err := test.do(s, r); err != nil {
					t.Error(err)
				}
			}, cookies...)

			if got := response.Header.Get("Clear-Site-Data"); (got == `"storage"`) != test.want {
				t.Errorf("Clear-Site-Data is %q, want it: %v", got, test.want)
			}
		})
	}
}

// What a user was writing when the session expired must still be there when they
// sign in again.
func TestMiddleware_keepsTheBrowsersDataOfAnExpiredSession(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := newSiteWith(t, auth.Options{Lifetime: time.Hour, Now: func() time.Time { return now }})
	cookie := s.signIn()
	now = now.Add(2 * time.Hour)

	response := s.visit(page, cookie)

	if got := response.Header.Get("Clear-Site-Data"); got != "" {
		t.Errorf("Clear-Site-Data is %q, want none", got)
	}
	if cleared := cookieOf(response); cleared == nil || cleared.Value != "" || !strings.HasSuffix(cleared.Name, "session") {
		t.Errorf("cookie = %v, want it cleared", cleared)
	}
}
