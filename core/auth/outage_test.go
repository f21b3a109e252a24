package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

// userOf returns the user that a page sees with this cookie, and the response.
func userOf(t *testing.T, sessions *auth.Sessions, cookie *http.Cookie) (user auth.User, response *http.Response) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if cookie != nil {
		request.AddCookie(cookie)
	}
	recorder := httptest.NewRecorder()
	sessions.Middleware(onError)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user = auth.CurrentUser(r.Context())
	})).ServeHTTP(recorder, request)
	return user, recorder.Result()
}

func TestMiddleware_runsOneQueryOrNone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cookie := authtest.Cookie(t, s.sessions, ada)

	for name, test := range map[string]struct {
		cookie *http.Cookie
		want   int64
	}{
		"a visitor":              {nil, 0},
		"a visitor with garbage": {&http.Cookie{Name: cookie.Name, Value: "garbage"}, 0},
		"a user":                 {cookie, 1},
		"the same user again":    {cookie, 1},
	} {
		before := s.statements.reads.Load()
		user, _ := userOf(t, s.sessions, test.cookie)
		if got := s.statements.reads.Load() - before; got != test.want || user.SignedIn() != (test.want == 1) {
			t.Errorf("%s: %d queries, user %+v, want %d", name, got, user, test.want)
		}
	}
}

func TestMiddleware_survivesARestartOfPostgres(t *testing.T) {
	t.Parallel()
	server := databasetest.NewServer(t, migrations.FS)
	db, err := database.Open(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	insertUser(t, db, auth.User{ID: ada, Email: "ada@example.com", Name: "Ada", Roles: []string{auth.RoleReader}})
	sessions := auth.NewSessions(auth.NewStore(db), auth.NoWatcher{}, auth.Options{})
	cookie := authtest.Cookie(t, sessions, ada)

	server.Stop()
	_, during := userOf(t, sessions, cookie)
	_, visitors := userOf(t, sessions, nil)
	server.Start()
	after, _ := userOf(t, sessions, cookie)

	if during.StatusCode != http.StatusServiceUnavailable || len(during.Cookies()) != 0 {
		t.Errorf("during the outage: status %d, cookies %v, want 503 and none", during.StatusCode, during.Cookies())
	}
	if visitors.StatusCode != http.StatusOK {
		t.Errorf("visitors during the outage: status %d, want 200", visitors.StatusCode)
	}
	if after.ID != ada {
		t.Errorf("after the outage: %+v, want Ada still signed in", after)
	}
}
