package auth_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
)

func readAll(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestMiddleware_setsTheCookieBeforeStreaming(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := httptest.NewServer(s.sessions.Middleware(onError)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.sessions.Flash(r.Context(), "Saved.")
		w.WriteHeader(http.StatusEarlyHints)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("Flush: %v", err)
		}
		page(w, r)
	})))
	defer server.Close()

	response, err := server.Client().Get(server.URL)

	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body := readAll(t, response); body != "page" || cookieOf(response) == nil {
		t.Errorf("body %q, cookie %v, want both", body, cookieOf(response))
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	signedIn := s.signIn()
	_, sessionID := s.who(signedIn)
	visitor := cookieOf(s.visit(func(_ http.ResponseWriter, r *http.Request) { s.sessions.Flash(r.Context(), "Hello.") }))
	ended := s.signIn()
	s.visit(func(_ http.ResponseWriter, r *http.Request) { _ = s.sessions.SignOut(r.Context()) }, ended)
	tests := map[string]struct {
		cookie *http.Cookie
		want   string // the session's id
		kind   fault.Kind
	}{
		"no cookie":           {nil, "", ""},
		"another cookie":      {&http.Cookie{Name: "theme", Value: "dark"}, "", ""},
		"a visitor's session": {visitor, "", ""},
		"a session":           {signedIn, sessionID, ""},
		"an ended session":    {ended, "", fault.Unauthenticated},
		"a forged token":      {&http.Cookie{Name: "pergola_session", Value: strings.Repeat("A", 43)}, "", fault.Unauthenticated},
		"garbage":             {&http.Cookie{Name: "pergola_session", Value: "garbage"}, "", fault.Unauthenticated},
		"a huge token":        {&http.Cookie{Name: "pergola_session", Value: strings.Repeat("A", 100_000)}, "", fault.Unauthenticated},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/socket.io/", nil)
			if test.cookie != nil {
				request.AddCookie(test.cookie)
			}

			got, err := s.sessions.Authenticate(request)

			if fault.KindOf(err) != test.kind || got.SessionID != test.want {
				t.Errorf("Authenticate = %+v, %v, want session %q and %q", got, err, test.want, test.kind)
			}
			if test.want != "" && (got.User.ID != ada || got.ExpiresAt.IsZero()) {
				t.Errorf("Authenticate = %+v, want Ada and an expiry", got)
			}
		})
	}
}

func TestAuthenticate_isUnavailableWhileTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/socket.io/", nil)
	request.AddCookie(s.signIn())
	s.db.Close()

	_, err := s.sessions.Authenticate(request)

	if !errors.Is(err, fault.Unavailable) {
		t.Errorf("Authenticate = %v, want fault.Unavailable", err)
	}
}

func TestRequire(t *testing.T) {
	t.Parallel()
	reader := auth.User{ID: ada, Roles: []string{auth.RoleReader}}
	editor := auth.User{ID: ada, Roles: []string{auth.RoleReader, auth.RoleEditor}}
	user, role := auth.RequireUser(onError), auth.RequireRole(auth.RoleEditor, onError)
	tests := map[string]struct {
		guard    func(http.Handler) http.Handler
		user     auth.User
		method   string
		target   string
		header   [2]string
		status   int
		location string
	}{
		"a user passes":                {user, reader, "GET", "/account", [2]string{}, 200, ""},
		"an editor passes":             {role, editor, "GET", "/desk", [2]string{}, 200, ""},
		"a reader is not an editor":    {role, reader, "GET", "/desk", [2]string{}, 403, ""},
		"a visitor is sent to sign in": {user, auth.User{}, "GET", "/account", [2]string{"Accept", "text/html,*/*"}, 303, "/sign-in?next=%2Faccount"},
		"and returns with the query":   {role, auth.User{}, "GET", "/desk?q=a+b&x=%26", [2]string{}, 303, "/sign-in?next=%2Fdesk%3Fq%3Da%2Bb%26x%3D%2526"},
		"the front page needs no next": {user, auth.User{}, "GET", "/", [2]string{}, 303, "/sign-in"},
		"HEAD as GET":                  {user, auth.User{}, "HEAD", "/account", [2]string{}, 303, "/sign-in?next=%2Faccount"},
		"a form is not redirected":     {user, auth.User{}, "POST", "/account/name", [2]string{}, 401, ""},
		"nor is a fragment":            {user, auth.User{}, "GET", "/account", [2]string{"HX-Request", "true"}, 401, ""},
		"nor is a JSON request":        {user, auth.User{}, "GET", "/account", [2]string{"Accept", "application/json, */*"}, 401, ""},
		"a role asks for a user first": {role, auth.User{}, "POST", "/desk", [2]string{}, 401, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequestWithContext(auth.WithUser(t.Context(), test.user), test.method, test.target, nil)
			if test.header[0] != "" {
				request.Header.Set(test.header[0], test.header[1])
			}
			recorder := httptest.NewRecorder()

			test.guard(http.HandlerFunc(page)).ServeHTTP(recorder, request)

			if recorder.Code != test.status || recorder.Header().Get("Location") != test.location {
				t.Errorf("status %d to %q, want %d to %q", recorder.Code, recorder.Header().Get("Location"), test.status, test.location)
			}
		})
	}
}
