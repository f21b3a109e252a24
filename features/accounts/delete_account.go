package accounts

import (
	"context"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// DeleteAccount removes the current user, ends all their sessions and closes
// their sockets. The password confirms it. It fails with fault.Unauthenticated
// for a visitor, with fault.Invalid, naming the field, if the password is
// wrong, with fault.Conflict if nobody else is an administrator, and with
// fault.Unavailable if too many passwords are being hashed.
type DeleteAccount func(ctx context.Context, password string) error

// NewDeleteAccount makes the use case.
func NewDeleteAccount(users Users, passwords Passwords, tx database.Transactor, sessions *auth.Sessions) DeleteAccount {
	return observe.Command("accounts.delete_account", func(ctx context.Context, password string) error {
		user, err := confirmed(ctx, users, passwords, "delete_password", password)
		if err != nil {
			return err
		}
		return tx.InTx(ctx, func(ctx context.Context) error {
			admins, err := users.AdminsForUpdate(ctx)
			if err != nil {
				return err
			}
			if len(admins) == 1 && slices.Contains(admins, user.ID) {
				return fault.Conflict.New("You are the only administrator. Make somebody else one first.")
			}
			if _, err := unchanged(ctx, users, user); err != nil {
				return err
			}
			if err := users.Delete(ctx, user.ID); err != nil {
				return err
			}
			return sessions.EndAll(ctx, user.ID)
		})
	})
}
