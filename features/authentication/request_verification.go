package authentication

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// RequestVerification emails the current user a link to verify their address. It
// does nothing if the address is verified. It fails with fault.Unauthenticated
// for a visitor and with fault.Unavailable if the application sends no email.
type RequestVerification func(ctx context.Context) error

// NewRequestVerification returns the use case.
func NewRequestVerification(db *database.DB, readAccount accounts.ReadAccount, mailer *Mailer) RequestVerification {
	run := observe.Command("authentication.request_verification", func(ctx context.Context, _ struct{}) error {
		if mailer.Off() {
			return errNoEmail
		}
		user, err := readAccount(ctx)
		if err != nil || user.Verified() {
			return err
		}
		return db.InTx(ctx, func(ctx context.Context) error { return mailer.sendVerification(ctx, user) })
	})
	return func(ctx context.Context) error { return run(ctx, struct{}{}) }
}
