package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
)

type requestKey struct{}

// request is what is known of a request wherever its context goes.
type request struct{ id, path string }

// RequestID is the id under which everything about the request in ctx stands
// in the log; "" outside of requests. The visitor sees it on error pages and
// in the X-Request-Id header. It is always made here: an id that a client
// sends could be anybody's.
func RequestID(ctx context.Context) string {
	r, _ := ctx.Value(requestKey{}).(request)
	return r.id
}

// RequestPath is the path of the request in ctx, so that the frame around a
// page can mark where the visitor is; "" outside of requests.
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
