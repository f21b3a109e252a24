package authentication

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
)

// VerifyEmail uses a link from an email to verify the user's address. It doesn't
// sign in. It fails with fault.NotFound if the link is invalid.
type VerifyEmail func(ctx context.Context, secret string) error

// NewVerifyEmail returns the use case.
func NewVerifyEmail(db *database.DB, tokens *EmailTokens, findForUpdate accounts.FindUserForUpdate, markVerified accounts.MarkEmailVerified, now feature.Clock) VerifyEmail {
	return observe.Command("authentication.verify_email", func(ctx context.Context, secret string) error {
		link := EmailLink{Secret: secret, Purpose: VerifyEmailPurpose}
		return db.InTx(ctx, func(ctx context.Context) error {
			user, err := link.use(ctx, tokens, findForUpdate, now)
			if err != nil {
				return err
			}
			if err := markVerified(ctx, user.ID); err != nil {
				return err
			}
			return tokens.Delete(ctx, user.ID, VerifyEmailPurpose)
		})
	})
}
