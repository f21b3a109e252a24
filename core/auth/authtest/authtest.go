// Package authtest signs users in for tests, without a form or a password.
//
//	authtest.SaveUser(t, db, user)                          // a user with these roles
//	request.AddCookie(authtest.Cookie(t, sessions, userID)) // for an HTTP client
//	ctx := authtest.Context(t, sessions, userID)            // for a use case
//	watcher := authtest.NewWatcher()                        // records notifications of ended sessions
package authtest

import (
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
)

// SaveUser creates the user, or gives an existing one this name and these roles.
// It writes to the table behind the view auth_users. The user has no password. A
// user without an email address gets one.
func SaveUser(t testing.TB, db *database.DB, user auth.User) {
	t.Helper()
	const query = `
		insert into accounts_users (id, email, name, roles, search_text, created_at, updated_at)
		values ($1, $2, $3, $4, '', now(), now())
		on conflict (id) do update set name = excluded.name, roles = excluded.roles`
	if _, err := db.Exec(t.Context(), query, user.ID, cmp.Or(user.Email, user.ID+"@example.com"), user.Name, append([]string{}, user.Roles...)); err != nil {
		t.Fatalf("save user %s: %v", user.ID, err)
	}
}

// Cookie signs the user in and returns the cookie of the new session. The user
// must exist; otherwise the cookie is not valid.
func Cookie(t testing.TB, sessions *auth.Sessions, userID string) *http.Cookie {
	t.Helper()
	response := serve(t, sessions, newRequest(t), func(ctx context.Context) {
		if err := sessions.SignIn(ctx, userID); err != nil {
			t.Fatalf("sign in user %s: %v", userID, err)
		}
	})
	for _, cookie := range response.Cookies() {
		if cookie.MaxAge > 0 {
			return cookie
		}
	}
	t.Fatalf("sign in user %s: no cookie in the response", userID)
	return nil
}

// Context returns the context of a request: that of a visitor if userID is "",
// and otherwise one in a new session of that user. It lasts as long as the test.
func Context(t testing.TB, sessions *auth.Sessions, userID string) context.Context {
	t.Helper()
	request := newRequest(t)
	if userID != "" {
		request.AddCookie(Cookie(t, sessions, userID))
	}
	var requestCtx context.Context
	serve(t, sessions, request, func(ctx context.Context) { requestCtx = ctx })
	return requestCtx
}

func newRequest(t testing.TB) *http.Request {
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	request.Header.Set("User-Agent", "authtest")
	return request
}

func serve(t testing.TB, sessions *auth.Sessions, request *http.Request, fn func(context.Context)) *http.Response {
	t.Helper()
	onError := func(_ http.ResponseWriter, _ *http.Request, err error) { t.Fatalf("session: %v", err) }
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { fn(r.Context()) })
	recorder := httptest.NewRecorder()
	sessions.Middleware(onError)(handler).ServeHTTP(recorder, request)
	return recorder.Result()
}
