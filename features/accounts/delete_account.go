package accounts

import (
	"context"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// DeleteAccount deletes the current user, ends their sessions and closes their
// sockets. It asks for no confirmation: that is for the feature that signs
// people in. It fails with fault.Unauthenticated for a visitor and a locked
// user, and with fault.Conflict for the only administrator.
type DeleteAccount func(ctx context.Context) error

// NewDeleteAccount returns the use case.
func NewDeleteAccount(db *database.DB, users *Users, sessions *auth.Sessions) DeleteAccount {
	run := observe.Command("accounts.delete_account", func(ctx context.Context, _ struct{}) error {
		return db.InTx(ctx, func(ctx context.Context) error {
			admins, err := users.AdminsForUpdate(ctx)
			if err != nil {
				return err
			}
			userID := auth.CurrentUser(ctx).ID
			if len(admins) == 1 && slices.Contains(admins, userID) {
				return fault.Conflict.New("You are the only administrator. Make someone else an administrator first.")
			}
			user, err := users.FindForUpdate(ctx, userID)
			if err != nil {
				return notSignedIn(err)
			}
			if user.Locked() {
				return fault.Unauthenticated
			}
			if err := users.Delete(ctx, userID); err != nil {
				return err
			}
			return sessions.EndAll(ctx, userID)
		})
	})
	return func(ctx context.Context) error { return run(ctx, struct{}{}) }
}
