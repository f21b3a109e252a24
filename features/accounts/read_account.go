package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/observe"
)

// ReadAccount returns the account of the current user. It fails with
// fault.Unauthenticated for a visitor.
type ReadAccount func(ctx context.Context) (User, error)

// NewReadAccount makes the use case.
func NewReadAccount(users Users) ReadAccount {
	run := observe.UseCase("accounts.read_account", func(ctx context.Context, _ struct{}) (User, error) {
		user, err := users.Find(ctx, auth.CurrentUser(ctx).ID)
		if err != nil {
			return User{}, notSignedIn(err)
		}
		return user, nil
	})
	return func(ctx context.Context) (User, error) { return run(ctx, struct{}{}) }
}
