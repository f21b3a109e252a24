package authentication

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/observe"
)

// SignOut ends the session of the request of ctx and closes its sockets. It does
// nothing for a visitor.
type SignOut func(ctx context.Context) error

// NewSignOut returns the use case.
func NewSignOut(sessions *auth.Sessions) SignOut {
	run := observe.Command("authentication.sign_out", func(ctx context.Context, _ struct{}) error {
		return sessions.SignOut(ctx)
	})
	return func(ctx context.Context) error { return run(ctx, struct{}{}) }
}
