package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.com/pergola/core/fault"
)

// Middleware loads the session and the user of every request, and saves changes
// when the response begins. If the database is unavailable, onError responds
// instead of the page, and the cookie is kept.
func (s *Sessions) Middleware(onError func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Vary", "Cookie")
			ctx, v, err := s.load(r)
			if err != nil {
				onError(w, r, err)
				return
			}
			r = r.WithContext(WithUser(ctx, v.session.user))
			sw := &sessionWriter{ResponseWriter: w}
			sw.begin = func() bool {
				err := s.save(r.Context(), v, w)
				if err != nil {
					removeHeaders(w.Header())
					onError(w, r, err)
				}
				return err == nil
			}
			next.ServeHTTP(sw, r)
			sw.start()
		})
	}
}

// load finds the session of a request and puts it into a context.
func (s *Sessions) load(r *http.Request) (context.Context, *visit, error) {
	v := newVisit(r)
	token, sent := s.token(r)
	if token != "" {
		session, err := s.find(r.Context(), token)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return nil, nil, err
		}
		v.session = session
	}
	if sent && !v.session.stored {
		v.cookie = cookieCleared
	}
	return context.WithValue(r.Context(), visitKey{}, v), v, nil
}

// find returns the session with this token. If there is none, it returns an empty
// one and fault.NotFound.
func (s *Sessions) find(ctx context.Context, token string) (*activeSession, error) {
	record, user, err := s.store.Find(ctx, hashToken(token), s.options.Now())
	if err != nil {
		return &activeSession{}, err
	}
	data, err := s.manager.Load(context.WithValue(context.Background(), foundKey{}, record.Data), token)
	if err != nil {
		return &activeSession{}, fmt.Errorf("read session %s: %w", record.ID, err)
	}
	return &activeSession{record: record, user: user, stored: true, data: data}, nil
}

// token returns the token in the request's cookie, "" if it is malformed.
func (s *Sessions) token(r *http.Request) (token string, sent bool) {
	cookie, err := r.Cookie(s.options.CookieName)
	if err != nil {
		return "", false
	}
	if !wellFormed(cookie.Value) {
		return "", true
	}
	return cookie.Value, true
}

// save stores the session data, and sets or clears the cookie.
func (s *Sessions) save(ctx context.Context, v *visit, w http.ResponseWriter) error {
	if v.session.dirty {
		if err := s.saveData(ctx, v); err != nil {
			return err
		}
	}
	if v.signedOut {
		w.Header().Set("Clear-Site-Data", `"storage"`)
	}
	switch v.cookie {
	case cookieSet:
		inside := v.session.in(ctx)
		s.manager.WriteSessionCookie(inside, w, s.manager.Token(inside), s.manager.Deadline(inside))
	case cookieCleared:
		s.manager.WriteSessionCookie(ctx, w, "", time.Time{})
	case cookieKept:
		// Not even refreshed: a late response could overwrite a token that
		// another response has just renewed.
	}
	return nil
}

func (s *Sessions) saveData(ctx context.Context, v *visit) error {
	session := v.session
	inside := session.in(ctx)
	session.dirty = false
	if session.record.UserID == "" && len(s.manager.Keys(inside)) == 0 {
		return s.endCurrent(ctx, v) // a visitor without data needs no session
	}
	isNew := !session.stored
	_, _, err := s.manager.Commit(inside)
	if errors.Is(err, fault.NotFound) {
		return nil // ended or renewed during this request
	}
	if err != nil {
		return err
	}
	if isNew {
		v.cookie = cookieSet
	}
	return nil
}

// sessionWriter calls begin before the first byte of the response. If begin
// responds itself, the handler's response is discarded.
type sessionWriter struct {
	http.ResponseWriter
	begin    func() bool
	started  bool
	replaced bool
}

func (w *sessionWriter) start() {
	if w.started {
		return
	}
	w.started = true
	w.replaced = !w.begin()
}

func (w *sessionWriter) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if w.start(); !w.replaced {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *sessionWriter) Write(p []byte) (int, error) {
	if w.start(); w.replaced {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Flush is found by type assertion, FlushError by http.ResponseController.
func (w *sessionWriter) Flush() { _ = w.FlushError() }

func (w *sessionWriter) FlushError() error {
	if w.start(); w.replaced {
		return nil
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *sessionWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// removeHeaders removes the headers of a response that is not sent.
func removeHeaders(h http.Header) {
	for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding", "Location", "Etag", "Last-Modified", "Cache-Control"} {
		h.Del(name)
	}
}
