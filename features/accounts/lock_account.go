package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// LockAccount prevents a user from signing in until the account is unlocked.
// All their sessions end and their sockets close, even if the account was
// locked before. It is for administrators, who cannot lock their own account,
// so that one always remains: it fails with fault.Forbidden for everyone else,
// with fault.Conflict for the administrator's own account and with
// fault.NotFound if the user doesn't exist.
type LockAccount func(ctx context.Context, userID string) (User, error)

// NewLockAccount returns the use case.
func NewLockAccount(db *database.DB, users *Users, sessions *auth.Sessions, now feature.Clock) LockAccount {
	return observe.UseCase("accounts.lock_account", func(ctx context.Context, userID string) (user User, err error) {
		err = db.InTx(ctx, func(ctx context.Context) error {
			if err := requireAdmin(ctx, users); err != nil {
				return err
			}
			if userID == auth.CurrentUser(ctx).ID {
				return fault.Conflict.New("You can't lock your own account. Ask another administrator.")
			}
			user, err = users.FindForUpdate(ctx, userID)
			if err != nil {
				return err
			}
			if user.lock(now.Now()) {
				if err := users.Save(ctx, user); err != nil {
					return err
				}
			}
			return sessions.EndAll(ctx, user.ID)
		})
		return user, err
	})
}
