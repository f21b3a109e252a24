package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// LockAccount keeps a user out until somebody unlocks the account: nobody can
// sign in to it, all its sessions end and its sockets are closed. It is for
// administrators, and none locks the own account, so that there is always one
// who can sign in: it fails with fault.Forbidden for everybody else, with
// fault.Conflict for one's own account and with fault.NotFound if there is no
// such user. An account that is locked already is no failure, and stays locked
// since when it was; its sockets are closed all the same, in case that was not
// told the first time.
type LockAccount func(ctx context.Context, userID string) (User, error)

// NewLockAccount makes the use case.
func NewLockAccount(users Users, tx database.Transactor, sessions *auth.Sessions, now feature.Clock) LockAccount {
	return observe.UseCase("accounts.lock_account", func(ctx context.Context, userID string) (user User, err error) {
		err = tx.InTx(ctx, func(ctx context.Context) error {
			if err := adminsOnly(ctx, users); err != nil {
				return err
			}
			if userID == auth.CurrentUser(ctx).ID {
				return fault.Conflict.New("You cannot lock your own account. Another administrator can.")
			}
			user, err = users.FindForUpdate(ctx, userID)
			if err != nil {
				return err
			}
			if user.lock(now()) {
				if err := users.Save(ctx, user); err != nil {
					return err
				}
			}
			return sessions.EndAll(ctx, user.ID)
		})
		return user, err
	})
}
