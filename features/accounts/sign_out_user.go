package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/observe"
)

// SignOutUser ends all sessions of a user and closes their sockets. They may
// sign in again. It is for administrators: it fails with fault.Forbidden for
// everyone else and with fault.NotFound if the user doesn't exist.
type SignOutUser func(ctx context.Context, userID string) (User, error)

// NewSignOutUser returns the use case.
func NewSignOutUser(db *database.DB, users *Users, sessions *auth.Sessions) SignOutUser {
	return observe.UseCase("accounts.sign_out_user", func(ctx context.Context, userID string) (user User, err error) {
		err = db.InTx(ctx, func(ctx context.Context) error {
			if err := requireAdmin(ctx, users); err != nil {
				return err
			}
			// Under the user's lock, a concurrent sign-in happens either before, and
			// its session ends here, or after.
			user, err = users.FindForUpdate(ctx, userID)
			if err != nil {
				return err
			}
			return sessions.EndAll(ctx, user.ID)
		})
		return user, err
	})
}
