package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/observe"
)

// SignOut ends the session of the request of ctx, and with it its sockets. It
// does nothing for a visitor.
type SignOut func(ctx context.Context) error

// NewSignOut makes the use case.
func NewSignOut(sessions *auth.Sessions) SignOut {
	run := observe.Command("accounts.sign_out", func(ctx context.Context, _ struct{}) error {
		return sessions.SignOut(ctx)
	})
	return func(ctx context.Context) error { return run(ctx, struct{}{}) }
}
