package accounts

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// VerifyEmail uses up a link from a letter, which shows that whoever follows it
// reads what is sent to the address. It signs nobody in. It fails with
// fault.NotFound if the link does not work.
type VerifyEmail func(ctx context.Context, secret string) error

// NewVerifyEmail makes the use case.
func NewVerifyEmail(users Users, tokens Tokens, tx database.Transactor, now feature.Clock) VerifyEmail {
	return observe.Command("accounts.verify_email", func(ctx context.Context, secret string) error {
		return tx.InTx(ctx, func(ctx context.Context) error {
			user, err := take(ctx, users, tokens, LinkInput{Secret: secret, Purpose: VerifiesEmail}, now)
			if err != nil {
				return err
			}
			if user.verify(now()) {
				if err := users.Save(ctx, user); err != nil {
					return err
				}
			}
			return tokens.RemoveOf(ctx, user.ID, VerifiesEmail)
		})
	})
}
