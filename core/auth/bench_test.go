package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

// BenchmarkMiddleware measures what sessions add to a request, including the
// query for a user.
func BenchmarkMiddleware(b *testing.B) {
	db := databasetest.New(b, migrations.FS)
	insertUser(b, db, auth.User{ID: ada, Email: "ada@example.com", Name: "Ada"})
	sessions := auth.NewSessions(auth.NewStore(db), auth.NoWatcher{}, auth.Options{})
	handler := sessions.Middleware(onError)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	visitor := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
	user := visitor.Clone(b.Context())
	user.AddCookie(authtest.Cookie(b, sessions, ada))
	for name, request := range map[string]*http.Request{"visitor": visitor, "user": user} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(httptest.NewRecorder(), request)
			}
		})
	}
}
