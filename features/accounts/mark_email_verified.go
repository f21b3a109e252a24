package accounts

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// MarkEmailVerified records that a user receives email at their address. It
// checks no permissions: it is for the feature that verifies addresses. It
// fails with fault.NotFound if the user doesn't exist.
type MarkEmailVerified func(ctx context.Context, userID string) error

// NewMarkEmailVerified returns the use case.
func NewMarkEmailVerified(db *database.DB, users *Users, now feature.Clock) MarkEmailVerified {
	return observe.Command("accounts.mark_email_verified", func(ctx context.Context, userID string) error {
		return db.InTx(ctx, func(ctx context.Context) error {
			user, err := users.FindForUpdate(ctx, userID)
			if err != nil || !user.verify(now.Now()) {
				return err
			}
			return users.Save(ctx, user)
		})
	})
}
