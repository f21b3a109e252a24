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
	// Not scs.New: that starts a goroutine for a store that is not used here.
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
	former := v.session.record.UserID
	if err := s.endCurrent(ctx, v); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if err := s.adopt(ctx, v, s.begin(v, userID)); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if former == userID {
		database.AfterCommit(ctx, func(context.Context) { v.left = false })
	}
	return nil
}

// Renew gives the session a new token: the old one is worth nothing from then
// on, and the Watcher is told that what came with it is over. The id stays. It
// joins the transaction in ctx; the cookie is sent once that is committed. It
// fails with fault.Unauthenticated if the session has ended, and does nothing
// for a visitor.
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
		return fault.Unauthenticated.Wrap(err, "Your session has ended. Please sign in again.")
	}
	if err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	s.tellEnded(ctx, v.session.record.ID)
	return nil
}

// SignOut ends the session of this request and clears its cookie and all that
// the browser keeps of this site, in the transaction of ctx if there is one. It
// does nothing for a visitor.
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
	if v := visitOf(ctx); v != nil && v.session.record.UserID != "" {
		return v.session.record.ID
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
	database.AfterCommit(ctx, func(ctx context.Context) {
		if v := visitOf(ctx); v != nil && v.session.record.UserID == userID {
			v.session, v.cookie, v.left = &held{}, cookieCleared, true
		}
		s.watcher.UserSignedOut(ctx, userID)
	})
	database.InDoubt(ctx, func(ctx context.Context) { s.watcher.UserSignedOut(ctx, userID) })
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

// adopt gives the session a token of its own, writes it, and makes it that of
// the request.
func (s *Sessions) adopt(ctx context.Context, v *visit, session *held) error {
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

// endCurrent ends the session that the request came with, if any.
func (s *Sessions) endCurrent(ctx context.Context, v *visit) error {
	ended := v.session
	if ended.stored {
		if err := s.store.Delete(ctx, ended.record.ID); err != nil {
			return err
		}
	}
	database.AfterCommit(ctx, func(context.Context) {
		v.session = &held{}
		if ended.stored {
			v.cookie = cookieCleared
			v.left = ended.record.UserID != ""
		}
	})
	if ended.record.UserID != "" {
		s.tellEnded(ctx, ended.record.ID)
	}
	return nil
}

func (s *Sessions) tellEnded(ctx context.Context, sessionIDs ...string) {
	for _, id := range sessionIDs {
		tell := func(ctx context.Context) { s.watcher.SessionEnded(ctx, id) }
		database.AfterCommit(ctx, tell)
		database.InDoubt(ctx, tell)
	}
}

// begin is a new session of this user, or of a visitor, that is not stored
// yet.
func (s *Sessions) begin(v *visit, userID string) *held {
	return &held{
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

// copyOf is the same session, to be changed.
func (s *Sessions) copyOf(session *held) *held {
	next := &held{record: session.record, user: session.user, stored: session.stored, data: s.noData()}
	ctx := context.Background()
	for _, key := range s.manager.Keys(session.in(ctx)) {
		s.manager.Put(next.in(ctx), key, s.manager.Get(session.in(ctx), key))
	}
	return next
}

// noData is what scs keeps of a new session.
func (s *Sessions) noData() context.Context {
	data, _ := s.manager.Load(context.Background(), "") // looks up nothing, so it cannot fail
	return data
}
