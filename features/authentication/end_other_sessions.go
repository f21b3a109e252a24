package authentication

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// EndOtherSessions signs the current user out of all other devices. It fails
// with fault.Unauthenticated for a visitor.
type EndOtherSessions func(ctx context.Context) error

// NewEndOtherSessions returns the use case.
func NewEndOtherSessions(sessions *auth.Sessions) EndOtherSessions {
	run := observe.Command("authentication.end_other_sessions", func(ctx context.Context, _ struct{}) error {
		user := auth.CurrentUser(ctx)
		if !user.SignedIn() {
			return fault.Unauthenticated
		}
		return sessions.EndOthers(ctx, user.ID)
	})
	return func(ctx context.Context) error { return run(ctx, struct{}{}) }
}
