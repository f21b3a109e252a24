package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// ListSessions returns where the current user is signed in, newest first. It
// fails with fault.Unauthenticated for a visitor.
type ListSessions func(ctx context.Context) ([]ListedSession, error)

// ListedSession is a session, and whether it is that of this request.
type ListedSession struct {
	auth.Session
	Current bool
}

// NewListSessions makes the use case.
func NewListSessions(sessions *auth.Sessions) ListSessions {
	run := observe.UseCase("accounts.list_sessions", func(ctx context.Context, _ struct{}) ([]ListedSession, error) {
		user := auth.CurrentUser(ctx)
		if !user.SignedIn() {
			return nil, fault.Unauthenticated
		}
		found, err := sessions.List(ctx, user.ID)
		if err != nil {
			return nil, err
		}
		listed := make([]ListedSession, len(found))
		for i, session := range found {
			listed[i] = ListedSession{Session: session, Current: session.ID == sessions.CurrentID(ctx)}
		}
		return listed, nil
	})
	return func(ctx context.Context) ([]ListedSession, error) { return run(ctx, struct{}{}) }
}
