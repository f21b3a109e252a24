package accounts

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// UnlockAccount lets a user sign in again, with the same password and roles. It
// does nothing if the account isn't locked. It is for administrators: it fails
// with fault.Forbidden for everyone else and with fault.NotFound if the user
// doesn't exist.
type UnlockAccount func(ctx context.Context, userID string) (User, error)

// NewUnlockAccount returns the use case.
func NewUnlockAccount(db *database.DB, users *Users, now feature.Clock) UnlockAccount {
	return observe.UseCase("accounts.unlock_account", func(ctx context.Context, userID string) (user User, err error) {
		err = db.InTx(ctx, func(ctx context.Context) error {
			if err := requireAdmin(ctx, users); err != nil {
				return err
			}
			user, err = users.FindForUpdate(ctx, userID)
			if err != nil || !user.unlock(now.Now()) {
				return err
			}
			return users.Save(ctx, user)
		})
		return user, err
	})
}
