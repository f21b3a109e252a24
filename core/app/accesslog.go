package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"example.com/pergola/core/fault"
)

// accessLog logs one line for every request when it ends. It leaves out the query
// string, which may contain secrets.
func (a *App) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		recorder := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			a.options.Logger.LogAttrs(r.Context(), accessLevel(r, recorder.Status()), "request",
				slog.String("method", r.Method),
				slog.String("path", r.URL.Path),
				slog.Int("status", recorder.Status()),
				slog.Int("bytes", recorder.BytesWritten()),
				slog.Duration("took", time.Since(started)),
			)
		}()
		next.ServeHTTP(recorder, r)
	})
}

// accessLevel logs probes and sockets at debug level only.
func accessLevel(r *http.Request, status int) slog.Level {
	switch {
	case status >= 500:
		return slog.LevelError
	case r.URL.Path == "/healthz", r.URL.Path == "/readyz", r.URL.Path == "/socket.io/":
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}

// recoverer responds to a panic as to any other internal error.
func (a *App) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler { //nolint:errorlint // the documented way to compare it
				panic(cause)
			}
			err := fault.Internal.Wrap(fmt.Errorf("panic: %v\n%s", cause, debug.Stack()), "panic in a handler")
			a.options.Respond.Error(w, r, err)
		}()
		next.ServeHTTP(w, r)
	})
}
