package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/observe"
)

// ReadAccount returns the current user's account. It fails with
// fault.Unauthenticated for a visitor.
type ReadAccount func(ctx context.Context) (User, error)

// NewReadAccount returns the use case.
func NewReadAccount(users *Users) ReadAccount {
	run := observe.UseCase("accounts.read_account", func(ctx context.Context, _ struct{}) (User, error) {
		user, err := users.Find(ctx, auth.CurrentUser(ctx).ID)
		return user, notSignedIn(err)
	})
	return func(ctx context.Context) (User, error) { return run(ctx, struct{}{}) }
}
