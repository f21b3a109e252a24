package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/observe"
)

// SignOutEverywhere ends all sessions of a user and closes their sockets; they
// may sign in again. It is for administrators, of themselves too: it fails with
// fault.Forbidden for everybody else and with fault.NotFound if there is no
// such user.
type SignOutEverywhere func(ctx context.Context, userID string) (User, error)

// NewSignOutEverywhere makes the use case.
func NewSignOutEverywhere(users Users, tx database.Transactor, sessions *auth.Sessions) SignOutEverywhere {
	return observe.UseCase("accounts.sign_out_everywhere", func(ctx context.Context, userID string) (user User, err error) {
		err = tx.InTx(ctx, func(ctx context.Context) error {
			if err := adminsOnly(ctx, users); err != nil {
				return err
			}
			// Held, so that a sign-in is either before this, and ended, or after it.
			user, err = users.FindForUpdate(ctx, userID)
			if err != nil {
				return err
			}
			return sessions.EndAll(ctx, user.ID)
		})
		return user, err
	})
}
