package notifications

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/observe"
)

// SetPreferences notes what the reader wants to be told from now on. What is
// in the inbox stays there.
//
// It fails with fault.Unauthenticated for a visitor.
type SetPreferences func(ctx context.Context, wanted Preferences) error

// Preferences are what a reader may decline. Announcements come in any case.
type Preferences struct {
	NewArticles  bool
	WeeklyDigest bool
}

// NewSetPreferences makes the use case.
func NewSetPreferences(inboxes Inboxes, digests Digests, tx database.Transactor) SetPreferences {
	return observe.Command("notifications.set_preferences", func(ctx context.Context, wanted Preferences) error {
		reader, err := currentReader(ctx)
		if err != nil {
			return err
		}
		err = tx.InTx(ctx, func(ctx context.Context) error {
			if err := inboxes.WantNewArticles(ctx, reader.ID, wanted.NewArticles); err != nil {
				return err
			}
			return digests.Want(ctx, reader.ID, wanted.WeeklyDigest)
		})
		if err != nil {
			return fmt.Errorf("set preferences: %w", err)
		}
		return nil
	})
}
