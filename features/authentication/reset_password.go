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

// ResetPassword uses a link from an email to set a new password. All sessions of
// the user end, their sockets close, and they sign in with the new password. The
// address counts as verified, other reset links become invalid, and an email
// notifies the user. It fails with fault.NotFound if the link is invalid, with
// fault.Invalid, naming the field, if the password is, in which case the link
// still works, and with fault.Unavailable if too many passwords are being
// hashed.
type ResetPassword func(ctx context.Context, in ResetPasswordInput) error

// ResetPasswordInput is the secret of a link and the new password.
type ResetPasswordInput struct {
	Secret   string
	Password string
}

// NewResetPassword returns the use case.
func NewResetPassword(
	db *database.DB, passwords *Passwords, tokens *EmailTokens, hasher *PasswordHasher,
	findLink FindEmailLink, findForUpdate accounts.FindUserForUpdate, markVerified accounts.MarkEmailVerified,
	sessions *auth.Sessions, mailer *Mailer, now feature.Clock,
) ResetPassword {
	return observe.Command("authentication.reset_password", func(ctx context.Context, in ResetPasswordInput) error {
		link := EmailLink{Secret: in.Secret, Purpose: ResetPasswordPurpose}
		owner, err := findLink(ctx, link) // before hashing, so that only requests with a valid link cost a hash
		if err != nil {
			return err
		}
		if problem := checkPassword(in.Password, owner.Email, owner.Name); problem != "" {
			return fault.InvalidFields(fault.Field{Name: "password", Message: problem})
		}
		hash, err := hasher.Hash(ctx, in.Password)
		if err != nil {
			return err
		}
		return db.InTx(ctx, func(ctx context.Context) error {
			user, err := link.use(ctx, tokens, findForUpdate, now)
			if err != nil {
				return err
			}
			if err := passwords.Save(ctx, user.ID, hash, now.Now()); err != nil {
				return err
			}
			if err := markVerified(ctx, user.ID); err != nil {
				return err
			}
			if err := tokens.Delete(ctx, user.ID, ResetPasswordPurpose); err != nil {
				return err
			}
			if err := sessions.EndAll(ctx, user.ID); err != nil {
				return err
			}
			return mailer.sendPasswordChanged(ctx, user)
		})
	})
}
