package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// EndSession signs the current user out of one device; to end the session of
// the request itself is to sign out. It fails with fault.Unauthenticated for a
// visitor and with fault.NotFound if the user has no such session.
type EndSession func(ctx context.Context, sessionID string) error

// NewEndSession makes the use case.
func NewEndSession(sessions *auth.Sessions) EndSession {
	return observe.Command("accounts.end_session", func(ctx context.Context, sessionID string) error {
		user := auth.CurrentUser(ctx)
		if !user.SignedIn() {
			return fault.Unauthenticated
		}
		return sessions.End(ctx, user.ID, sessionID)
	})
}
