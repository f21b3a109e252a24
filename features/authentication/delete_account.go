package authentication

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// DeleteAccount deletes the current user's account after confirming their
// password: the user, their sessions, and all that authentication stores for
// them. Their sockets close. It fails as accounts.DeleteAccount does, with
// fault.Invalid, naming the field, if the password is incorrect, with
// fault.Conflict if it was changed at the same time, and with fault.Unavailable
// if too many passwords are being hashed.
type DeleteAccount func(ctx context.Context, password string) error

// NewDeleteAccount returns the use case.
func NewDeleteAccount(db *database.DB, passwords *Passwords, tokens *EmailTokens, hasher *PasswordHasher, deleteAccount accounts.DeleteAccount) DeleteAccount {
	return observe.Command("authentication.delete_account", func(ctx context.Context, password string) error {
		verified, err := confirmPassword(ctx, passwords, hasher, "password", password)
		if err != nil {
			return err
		}
		userID := auth.CurrentUser(ctx).ID
		return db.InTx(ctx, func(ctx context.Context) error {
			if err := deleteAccount(ctx); err != nil { // locks the user first
				return err
			}
			hash, err := passwords.Find(ctx, userID)
			if err != nil {
				return err
			}
			if hash != verified {
				return errChanged
			}
			if err := passwords.Delete(ctx, userID); err != nil {
				return err
			}
			for _, purpose := range []Purpose{ResetPasswordPurpose, VerifyEmailPurpose} {
				if err := tokens.Delete(ctx, userID, purpose); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
