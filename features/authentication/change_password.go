package authentication

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// ChangePassword sets a new password for the current user, signs out all other
// devices, and renews the session of this one. All sockets of the user close,
// links to reset the password become invalid, and an email notifies the user. It
// fails with fault.Unauthenticated for a visitor, with fault.Invalid, naming the
// fields, with fault.Conflict if the password was changed elsewhere at the same
// time, and with fault.Unavailable if too many passwords are being hashed.
type ChangePassword func(ctx context.Context, in ChangePasswordInput) error

// ChangePasswordInput is the current password and the new one.
type ChangePasswordInput struct {
	Current string
	New     string
}

// NewChangePassword returns the use case.
func NewChangePassword(
	db *database.DB, passwords *Passwords, tokens *EmailTokens, hasher *PasswordHasher,
	findForUpdate accounts.FindUserForUpdate, sessions *auth.Sessions, mailer *Mailer, now feature.Clock,
) ChangePassword {
	return observe.Command("authentication.change_password", func(ctx context.Context, in ChangePasswordInput) error {
		verified, err := confirmPassword(ctx, passwords, hasher, "current_password", in.Current)
		if err != nil {
			return err
		}
		user := auth.CurrentUser(ctx)
		if problem := checkPassword(in.New, user.Email, user.Name); problem != "" {
			return fault.InvalidFields(fault.Field{Name: "new_password", Message: problem})
		}
		hash, err := hasher.Hash(ctx, in.New)
		if err != nil {
			return err
		}
		return db.InTx(ctx, func(ctx context.Context) error {
			user, err := passwords.lockUnchanged(ctx, findForUpdate, user.ID, verified)
			if err != nil {
				return err
			}
			if err := passwords.Save(ctx, user.ID, hash, now.Now()); err != nil {
				return err
			}
			if err := tokens.Delete(ctx, user.ID, ResetPasswordPurpose); err != nil {
				return err
			}
			if err := sessions.EndOthers(ctx, user.ID); err != nil {
				return err
			}
			if err := sessions.Renew(ctx); err != nil {
				return err
			}
			return mailer.sendPasswordChanged(ctx, user)
		})
	})
}

// confirmPassword verifies the current user's password and returns its hash. It
// fails with fault.Unauthenticated for a visitor and with fault.Invalid, naming
// the field.
func confirmPassword(ctx context.Context, passwords *Passwords, hasher *PasswordHasher, field, password string) (hash string, err error) {
	user := auth.CurrentUser(ctx)
	if !user.SignedIn() {
		return "", fault.Unauthenticated
	}
	if password == "" {
		return "", fault.InvalidFields(fault.Field{Name: field, Message: "Enter your current password."})
	}
	hash, err = passwords.Find(ctx, user.ID)
	if err != nil {
		return "", err
	}
	ok, _, err := hasher.Verify(ctx, hash, password)
	if err == nil && !ok {
		err = fault.InvalidFields(fault.Field{Name: field, Message: "Incorrect password."})
	}
	return hash, err
}
