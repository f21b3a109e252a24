package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/observe"
)

// RequestVerification sends the current user a link to confirm their address.
// It does nothing if the address is confirmed. It fails with
// fault.Unauthenticated for a visitor and with fault.Unavailable if no mail is
// sent.
type RequestVerification func(ctx context.Context) error

// NewRequestVerification makes the use case.
func NewRequestVerification(users Users, postman *Postman, tx database.Transactor) RequestVerification {
	run := observe.Command("accounts.request_verification", func(ctx context.Context, _ struct{}) error {
		if postman.Off() {
			return errNoMail
		}
		user, err := users.Find(ctx, auth.CurrentUser(ctx).ID)
		if err != nil {
			return notSignedIn(err)
		}
		if user.Verified() {
			return nil
		}
		return tx.InTx(ctx, func(ctx context.Context) error { return postman.sendVerification(ctx, user) })
	})
	return func(ctx context.Context) error { return run(ctx, struct{}{}) }
}
