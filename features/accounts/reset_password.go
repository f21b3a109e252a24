package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// ResetPassword uses up a link from a letter and gives its reader another
// password. All their sessions end and their sockets are closed; they sign in
// with the new password. The address counts as confirmed, other links to reset
// are worth nothing, and a letter tells the owner. It fails with fault.NotFound
// if the link does not work, with fault.Invalid, naming the field, if the
// password will not do, when the link stays as it is, and with
// fault.Unavailable if too many passwords are being hashed.
type ResetPassword func(ctx context.Context, in ResetPasswordInput) error

// ResetPasswordInput is the secret of a link and the password that is to be.
type ResetPasswordInput struct {
	Secret   string
	Password string
}

// NewResetPassword makes the use case.
func NewResetPassword(users Users, tokens Tokens, postman *Postman, find FindLink, passwords Passwords, tx database.Transactor, sessions *auth.Sessions, now feature.Clock) ResetPassword {
	return observe.Command("accounts.reset_password", func(ctx context.Context, in ResetPasswordInput) error {
		link := LinkInput{Secret: in.Secret, Purpose: ResetsPassword}
		owner, err := find(ctx, link) // first, so that nobody has passwords hashed without one
		if err != nil {
			return err
		}
		if message := checkPassword(in.Password, owner.Email, owner.Name); message != "" {
			return fault.InvalidFields(fault.Field{Name: "password", Message: message})
		}
		hash, err := passwords.Hash(ctx, in.Password)
		if err != nil {
			return err
		}
		return tx.InTx(ctx, func(ctx context.Context) error {
			user, err := take(ctx, users, tokens, link, now)
			if err != nil {
				return err
			}
			user.PasswordHash, user.UpdatedAt = hash, now()
			user.verify(now())
			if err := users.Save(ctx, user); err != nil {
				return err
			}
			if err := tokens.RemoveOf(ctx, user.ID, ResetsPassword); err != nil {
				return err
			}
			if err := sessions.EndAll(ctx, user.ID); err != nil {
				return err
			}
			return postman.sendChanged(ctx, user)
		})
	})
}
