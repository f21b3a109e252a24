package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
)

// Options of Sessions. The zero Options serve development.
type Options struct {
	// Secure sends the cookie over https only. Production sets it.
	Secure bool

	// CookieName is "pergola_session", and "__Host-pergola_session" if Secure,
	// which browsers accept from this very host only.
	CookieName string

	// Lifetime is how long a session lasts after sign-in: 30 days.
	Lifetime time.Duration

	// CleanupInterval is how often expired sessions are deleted: 10 minutes.
	CleanupInterval time.Duration

	// Now is time.Now.
	Now func() time.Time

	// Logger is slog.Default(). It is told when a cleanup fails.
	Logger *slog.Logger
}

// visitorLifetime is for sessions in which nobody is signed in: they carry a
// message to the next page.
const visitorLifetime = time.Hour

// Sessions signs users in and out, and knows who a request comes from. It is
// safe for concurrent use by many requests.
type Sessions struct {
	manager *scs.SessionManager
	store   Store
	watcher Watcher
	options Options
	cleanup cleanup
}

// NewSessions makes the sessions of an application. The watcher is told when
// one ends; NoWatcher serves an application in which nothing outlives a
// request.
func NewSessions(store Store, watcher Watcher, options Options) *Sessions {
	options = options.withDefaults()
	manager := scs.New()
	manager.Store = scsStore{store: store, now: options.Now}
	manager.Codec = jsonCodec{}
	manager.Lifetime = options.Lifetime
	manager.Cookie.Name = options.CookieName
	manager.Cookie.Secure = options.Secure
	manager.Cookie.HttpOnly = true
	manager.Cookie.SameSite = http.SameSiteLaxMode
	return &Sessions{manager: manager, store: store, watcher: watcher, options: options}
}

func (o Options) withDefaults() Options {
	if o.CookieName == "" {
		o.CookieName = "pergola_session"
		if o.Secure {
			o.CookieName = "__Host-pergola_session"
		}
	}
	if o.Lifetime == 0 {
		o.Lifetime = 30 * 24 * time.Hour
	}
	if o.CleanupInterval == 0 {
		o.CleanupInterval = 10 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// SignIn begins a session of this user with a new id and a new token, and ends
// the one that the request came with. It joins the transaction in ctx; the
// cookie is sent once that is committed. CurrentUser(ctx) stays what it was:
// the user is signed in from the next request on.
func (s *Sessions) SignIn(ctx context.Context, userID string) error {
	v := visitOf(ctx)
	if v == nil {
		return errNoVisit
	}
	if err := s.endCurrent(ctx, v); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	v.begin(userID, s.options.Now())
	if err := s.newToken(ctx, v); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}

// Renew gives the session a new token: the old one is worth nothing from then
// on. The id stays. It joins the transaction in ctx; the cookie is sent once
// that is committed. It fails with fault.Unauthenticated if the session has
// ended, and does nothing for a visitor.
func (s *Sessions) Renew(ctx context.Context) error {
	v := visitOf(ctx)
	if v == nil {
		return errNoVisit
	}
	if v.record.UserID == "" {
		return nil
	}
	err := s.newToken(ctx, v)
	if errors.Is(err, fault.NotFound) {
		return fault.Unauthenticated.Wrap(err, "Your session has ended. Please sign in again.")
	}
	if err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	return nil
}

// SignOut ends the session of this request and clears its cookie, in the
// transaction of ctx if there is one. It does nothing for a visitor.
func (s *Sessions) SignOut(ctx context.Context) error {
	v := visitOf(ctx)
	if v == nil {
		return errNoVisit
	}
	if err := s.endCurrent(ctx, v); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// CurrentID is the id of the session of this request, "" if nobody is signed
// in.
func (s *Sessions) CurrentID(ctx context.Context) string {
	if v := visitOf(ctx); v != nil && v.record.UserID != "" {
		return v.record.ID
	}
	return ""
}

// List returns where this user is signed in, newest first, a hundred at most.
func (s *Sessions) List(ctx context.Context, userID string) ([]Session, error) {
	return s.store.ListByUser(ctx, userID, s.options.Now())
}

// End ends one session of this user, in the transaction of ctx if there is
// one; to end the session of this request is to sign out. It fails with
// fault.NotFound if the user has no such session.
func (s *Sessions) End(ctx context.Context, userID, sessionID string) error {
	if sessionID != "" && sessionID == s.CurrentID(ctx) {
		return s.SignOut(ctx)
	}
	err := s.store.End(ctx, userID, sessionID)
	if errors.Is(err, fault.NotFound) {
		return fault.NotFound.New("This session is over already.")
	}
	if err != nil {
		return err
	}
	s.tellEnded(ctx, sessionID)
	return nil
}

// EndAll ends every session of this user, in the transaction of ctx if there
// is one.
func (s *Sessions) EndAll(ctx context.Context, userID string) error {
	if err := s.store.EndAllOf(ctx, userID); err != nil {
		return err
	}
	if v := visitOf(ctx); v != nil && v.record.UserID == userID {
		if err := s.dropCurrent(ctx, v); err != nil {
			return err
		}
	}
	database.AfterCommit(ctx, func(ctx context.Context) { s.watcher.UserSignedOut(ctx, userID) })
	return nil
}

// EndOthers ends every session of this user but that of this request, in the
// transaction of ctx if there is one.
func (s *Sessions) EndOthers(ctx context.Context, userID string) error {
	ended, err := s.store.EndOthers(ctx, userID, s.CurrentID(ctx))
	if err != nil {
		return err
	}
	s.tellEnded(ctx, ended...)
	return nil
}

// Flash remembers a message for the next page that shows one. Outside of
// Middleware there is nobody to show it to, and it does nothing.
func (s *Sessions) Flash(ctx context.Context, message string) {
	v := visitOf(ctx)
	if v == nil {
		return
	}
	if v.record.ID == "" {
		v.begin("", s.options.Now())
		s.manager.SetDeadline(ctx, s.options.Now().Add(visitorLifetime))
	}
	s.manager.Put(ctx, flashKey, message)
	v.dirty = true
}

// PopFlash returns the message and forgets it; "" if there is none.
func (s *Sessions) PopFlash(ctx context.Context) string {
	v := visitOf(ctx)
	if v == nil || !s.manager.Exists(ctx, flashKey) {
		return ""
	}
	v.dirty = true
	return s.manager.PopString(ctx, flashKey)
}

const flashKey = "flash"

// newToken writes the visit's record with a token of its own.
func (s *Sessions) newToken(ctx context.Context, v *visit) error {
	if err := s.manager.RenewToken(ctx); err != nil {
		return err
	}
	s.manager.SetDeadline(ctx, s.options.Now().Add(s.options.Lifetime))
	if _, _, err := s.manager.Commit(ctx); err != nil {
		return err
	}
	v.dirty = false
	database.AfterCommit(ctx, func(context.Context) { v.cookie = cookieSet })
	return nil
}

// endCurrent ends the session that the request came with, if any.
func (s *Sessions) endCurrent(ctx context.Context, v *visit) error {
	ended := v.record
	if v.stored {
		if err := s.store.Delete(ctx, ended.ID); err != nil {
			return err
		}
	}
	if err := s.dropCurrent(ctx, v); err != nil {
		return err
	}
	if ended.UserID != "" {
		s.tellEnded(ctx, ended.ID)
	}
	return nil
}

// dropCurrent makes the request one without a session.
func (s *Sessions) dropCurrent(ctx context.Context, v *visit) error {
	if v.record.ID == "" {
		return nil
	}
	if err := s.manager.Destroy(ctx); err != nil {
		return err
	}
	v.forget()
	database.AfterCommit(ctx, func(context.Context) { v.cookie = cookieCleared })
	return nil
}

func (s *Sessions) tellEnded(ctx context.Context, sessionIDs ...string) {
	for _, id := range sessionIDs {
		database.AfterCommit(ctx, func(ctx context.Context) { s.watcher.SessionEnded(ctx, id) })
	}
}
