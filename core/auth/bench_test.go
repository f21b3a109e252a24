package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
)

// BenchmarkMiddleware is what sessions add to a request, without the store.
func BenchmarkMiddleware(b *testing.B) {
	users := &memoryUsers{}
	users.byID.Store(ada, auth.User{ID: ada})
	sessions := auth.NewSessions(auth.NewMemoryStore(database.NewMemory(), users), auth.NoWatcher{}, auth.Options{})
	handler := sessions.Middleware(sayKind)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
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
