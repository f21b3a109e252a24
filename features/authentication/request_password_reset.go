package authentication

import (
	"context"
	"errors"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// RequestPasswordReset emails a link to choose a new password, if the address
// belongs to an account that isn't locked. Neither the result nor the duration
// reveals whether it does. It fails with fault.Invalid, naming the field, for an
// invalid address, and with fault.Unavailable if the application sends no email.
type RequestPasswordReset func(ctx context.Context, email string) error

// NewRequestPasswordReset returns the use case.
func NewRequestPasswordReset(db *database.DB, findByEmail accounts.FindByEmail, mailer *Mailer, minTime MinResponseTime) RequestPasswordReset {
	return observe.Command("authentication.request_password_reset", func(ctx context.Context, email string) error {
		if mailer.Off() {
			return errNoEmail
		}
		email, problem := accounts.ParseEmail(email)
		if problem != "" {
			return fault.InvalidFields(fault.Field{Name: "email", Message: problem})
		}
		return minTime.Run(ctx, func() error {
			user, err := findByEmail(ctx, email)
			if errors.Is(err, fault.NotFound) || err == nil && user.Locked() {
				return nil
			}
			if err != nil {
				return err
			}
			return db.InTx(ctx, func(ctx context.Context) error { return mailer.sendPasswordReset(ctx, user) })
		})
	})
}
