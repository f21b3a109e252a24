package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
)

type requestKey struct{}

// request is the part of a request that is available from its context.
type request struct{ id, path string }

// RequestID returns the id of the request in ctx, which is logged with every line
// about it, or "" outside a request. Visitors see it on error pages and in the
// X-Request-Id header. The server always generates it, because a client could send
// the id of another request.
func RequestID(ctx context.Context) string {
	r, _ := ctx.Value(requestKey{}).(request)
	return r.id
}

// RequestPath returns the path of the request in ctx, so that the layout can mark
// the current page, or "" outside a request.
func RequestPath(ctx context.Context) string {
	r, _ := ctx.Value(requestKey{}).(request)
	return r.path
}

func requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := newRequestID()
		w.Header().Set("X-Request-Id", id)
		ctx := context.WithValue(r.Context(), requestKey{}, request{id: id, path: r.URL.Path})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func newRequestID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return hex.EncodeToString(b[:])
}
