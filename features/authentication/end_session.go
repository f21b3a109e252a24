package authentication

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// EndSession signs the current user out of one device. Ending the session of the
// request itself is the same as SignOut. It fails with fault.Unauthenticated for
// a visitor and with fault.NotFound if the user has no such session.
type EndSession func(ctx context.Context, sessionID string) error

// NewEndSession returns the use case.
func NewEndSession(sessions *auth.Sessions) EndSession {
	return observe.Command("authentication.end_session", func(ctx context.Context, sessionID string) error {
		user := auth.CurrentUser(ctx)
		if !user.SignedIn() {
			return fault.Unauthenticated
		}
		return sessions.End(ctx, user.ID, sessionID)
	})
}
