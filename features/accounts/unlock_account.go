package accounts

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// UnlockAccount lets a user sign in again, with the password and the roles they
// had. It is for administrators: it fails with fault.Forbidden for everybody
// else and with fault.NotFound if there is no such user. An account that is not
// locked is no failure.
type UnlockAccount func(ctx context.Context, userID string) (User, error)

// NewUnlockAccount makes the use case.
func NewUnlockAccount(users Users, tx database.Transactor, now feature.Clock) UnlockAccount {
	return observe.UseCase("accounts.unlock_account", func(ctx context.Context, userID string) (user User, err error) {
		err = tx.InTx(ctx, func(ctx context.Context) error {
			if err := adminsOnly(ctx, users); err != nil {
				return err
			}
			user, err = users.FindForUpdate(ctx, userID)
			if err != nil {
				return err
			}
			if !user.unlock(now()) {
				return nil
			}
			return users.Save(ctx, user)
		})
		return user, err
	})
}
