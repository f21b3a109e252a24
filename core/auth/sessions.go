package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
)

// Options configures Sessions. The zero value is for development.
type Options struct {
	// Secure sends the cookie over HTTPS only. Production sets it.
	Secure bool

	// CookieName is "pergola_session" unless set. If Secure, it is prefixed with
	// "__Host-": browsers then accept the cookie from this exact host only. Cookies
	// don't distinguish ports: applications on one host need different names.
	CookieName string

	// Lifetime is how long a session lasts after sign-in. 30 days unless set.
	Lifetime time.Duration

	// CleanupInterval is how often expired sessions are deleted. 10 minutes unless
	// set.
	CleanupInterval time.Duration

	// Now is time.Now unless set.
	Now func() time.Time

	// Logger logs failed cleanups. slog.Default() unless set.
	Logger *slog.Logger
}

// visitorLifetime is the lifetime of visitors' sessions, which carry a message to
// the next page.
const visitorLifetime = time.Hour

// Sessions signs users in and out, and identifies the user of a request. It is safe
// for concurrent use.
type Sessions struct {
	manager *scs.SessionManager
	store   *Store
	watcher Watcher
	options Options
	cleanup cleanup
}

// NewSessions creates the sessions of an application. The watcher is notified when
// one ends.
func NewSessions(store *Store, watcher Watcher, options Options) *Sessions {
	options = options.withDefaults()
	// Not scs.New: it starts a goroutine for a store that is not used here.
	manager := &scs.SessionManager{
		Store:    scsStore{store: store},
		Codec:    jsonCodec{},
		Lifetime: options.Lifetime,
		Cookie: scs.SessionCookie{
			Name:     options.CookieName,
			Path:     "/",
			HttpOnly: true,
			Secure:   options.Secure,
			SameSite: http.SameSiteLaxMode,
			Persist:  true,
		},
	}
	return &Sessions{manager: manager, store: store, watcher: watcher, options: options}
}

func (o Options) withDefaults() Options {
	if o.CookieName == "" {
		o.CookieName = "pergola_session"
	}
	if o.Secure {
		o.CookieName = "__Host-" + o.CookieName
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

// SignIn creates a session of the user with a new id and token, and ends the
// session of the request. It joins the transaction in ctx; the cookie is sent after
// the commit. CurrentUser(ctx) does not change: the user is signed in from the next
// request on.
func (s *Sessions) SignIn(ctx context.Context, userID string) error {
	v := visitOf(ctx)
	if v == nil {
		return errNoVisit
	}
	former := v.session.record.UserID
	if err := s.endCurrent(ctx, v); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if err := s.adopt(ctx, v, s.newSession(v, userID)); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if former == userID {
		database.AfterCommit(ctx, func(context.Context) { v.signedOut = false })
	}
	return nil
}

// Renew gives the session a new token and invalidates the old one. The id stays the
// same; the Watcher is notified that the session ended, so that sockets reconnect.
// It joins the transaction in ctx; the cookie is sent after the commit. It fails
// with fault.Unauthenticated if the session has ended, and does nothing for a
// visitor.
func (s *Sessions) Renew(ctx context.Context) error {
	v := visitOf(ctx)
	if v == nil {
		return errNoVisit
	}
	if v.session.record.UserID == "" {
		return nil
	}
	err := s.adopt(ctx, v, s.copyOf(v.session))
	if errors.Is(err, fault.NotFound) {
		return fault.Unauthenticated.Wrap(err, "Your session has expired. Sign in again.")
	}
	if err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	s.notifyEnded(ctx, v.session.record.ID)
	return nil
}

// SignOut ends the session of the request, and clears its cookie and what the
// browser stores of this site. It joins the transaction in ctx. It does nothing for
// a visitor.
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

// CurrentID returns the id of the session of the request, "" for a visitor.
func (s *Sessions) CurrentID(ctx context.Context) string {
	if v := visitOf(ctx); v != nil && v.session.record.UserID != "" {
		return v.session.record.ID
	}
	return ""
}

// List returns the sessions of the user, newest first, up to 100.
func (s *Sessions) List(ctx context.Context, userID string) ([]Session, error) {
	return s.store.ListByUser(ctx, userID, s.options.Now())
}

// End ends one session of the user. It joins the transaction in ctx. Ending the
// session of the request is a SignOut. It fails with fault.NotFound if the user has
// no such session.
func (s *Sessions) End(ctx context.Context, userID, sessionID string) error {
	if sessionID != "" && sessionID == s.CurrentID(ctx) {
		return s.SignOut(ctx)
	}
	err := s.store.End(ctx, userID, sessionID)
	if errors.Is(err, fault.NotFound) {
		return fault.NotFound.New("This session has already ended.")
	}
	if err != nil {
		return err
	}
	s.notifyEnded(ctx, sessionID)
	return nil
}

// EndAll ends all sessions of the user. It joins the transaction in ctx.
func (s *Sessions) EndAll(ctx context.Context, userID string) error {
	if err := s.store.EndAllOf(ctx, userID); err != nil {
		return err
	}
	database.AfterCommit(ctx, func(ctx context.Context) {
		if v := visitOf(ctx); v != nil && v.session.record.UserID == userID {
			v.session, v.cookie, v.signedOut = &activeSession{}, cookieCleared, true
		}
		s.watcher.UserSignedOut(ctx, userID)
	})
	database.InDoubt(ctx, func(ctx context.Context) { s.watcher.UserSignedOut(ctx, userID) })
	return nil
}

// EndOthers ends all sessions of the user except that of the request. It joins the
// transaction in ctx.
func (s *Sessions) EndOthers(ctx context.Context, userID string) error {
	ended, err := s.store.EndOthers(ctx, userID, s.CurrentID(ctx))
	if err != nil {
		return err
	}
	s.notifyEnded(ctx, ended...)
	return nil
}

// adopt gives the session a new token, stores it, and makes it the session of the
// request after the commit.
func (s *Sessions) adopt(ctx context.Context, v *visit, session *activeSession) error {
	inside := session.in(ctx)
	if err := s.manager.RenewToken(inside); err != nil {
		return err
	}
	s.manager.SetDeadline(inside, s.options.Now().Add(s.options.Lifetime))
	if _, _, err := s.manager.Commit(inside); err != nil {
		return err
	}
	database.AfterCommit(ctx, func(context.Context) { v.session, v.cookie = session, cookieSet })
	return nil
}

// endCurrent ends the session of the request, if any.
func (s *Sessions) endCurrent(ctx context.Context, v *visit) error {
	ended := v.session
	if ended.stored {
		if err := s.store.Delete(ctx, ended.record.ID); err != nil {
			return err
		}
	}
	database.AfterCommit(ctx, func(context.Context) {
		v.session = &activeSession{}
		if ended.stored {
			v.cookie = cookieCleared
			v.signedOut = ended.record.UserID != ""
		}
	})
	if ended.record.UserID != "" {
		s.notifyEnded(ctx, ended.record.ID)
	}
	return nil
}

func (s *Sessions) notifyEnded(ctx context.Context, sessionIDs ...string) {
	for _, id := range sessionIDs {
		notify := func(ctx context.Context) { s.watcher.SessionEnded(ctx, id) }
		database.AfterCommit(ctx, notify)
		database.InDoubt(ctx, notify)
	}
}

// newSession creates a session of the user, or of a visitor, that is not stored yet.
func (s *Sessions) newSession(v *visit, userID string) *activeSession {
	return &activeSession{
		record: Record{Session: Session{
			ID:        uuid.Must(uuid.NewV7()).String(),
			UserID:    userID,
			CreatedAt: s.options.Now(),
			UserAgent: v.userAgent,
			IP:        v.ip,
		}},
		data: s.noData(),
	}
}

// copyOf returns a copy of the session, to be changed.
func (s *Sessions) copyOf(session *activeSession) *activeSession {
	next := &activeSession{record: session.record, user: session.user, stored: session.stored, data: s.noData()}
	ctx := context.Background()
	for _, key := range s.manager.Keys(session.in(ctx)) {
		s.manager.Put(next.in(ctx), key, s.manager.Get(session.in(ctx), key))
	}
	return next
}

// noData is the data of a new session in scs.
func (s *Sessions) noData() context.Context {
	data, _ := s.manager.Load(context.Background(), "") // looks up nothing, so it cannot fail
	return data
}
