package accounts

import (
	"context"
	"errors"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// RequestPasswordReset sends a link to choose a new password, if this is the
// address of an account that is not locked. It says nothing of whether it is,
// and takes the same time. It fails with fault.Invalid, naming the field, if
// this is no address, and with fault.Unavailable if no mail is sent.
type RequestPasswordReset func(ctx context.Context, email string) error

// NewRequestPasswordReset makes the use case.
func NewRequestPasswordReset(users Users, postman *Postman, tx database.Transactor, pace Pace) RequestPasswordReset {
	return observe.Command("accounts.request_password_reset", func(ctx context.Context, email string) error {
		if postman.Off() {
			return errNoMail
		}
		email, message := parseEmail(email)
		if message != "" {
			return fault.InvalidFields(fault.Field{Name: "email", Message: message})
		}
		return pace.keep(ctx, func() error {
			user, err := users.FindByEmail(ctx, email)
			if errors.Is(err, fault.NotFound) || err == nil && user.Locked() {
				return nil
			}
			if err != nil {
				return err
			}
			return tx.InTx(ctx, func(ctx context.Context) error { return postman.sendReset(ctx, user) })
		})
	})
}
