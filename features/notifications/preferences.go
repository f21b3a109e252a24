package notifications

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/observe"
)

// Preferences are the notifications that a reader can turn off. Announcements
// are not among them.
type Preferences struct {
	NewArticles  bool
	WeeklyDigest bool
}

// ReadPreferences returns the reader's preferences. It fails with
// fault.Unauthenticated for a visitor.
type ReadPreferences func(ctx context.Context) (Preferences, error)

// NewReadPreferences makes the use case.
func NewReadPreferences(inboxes *Inboxes, digests *Digests) ReadPreferences {
	read := observe.UseCase("notifications.read_preferences", func(ctx context.Context, _ struct{}) (Preferences, error) {
		reader, err := currentReader(ctx)
		if err != nil {
			return Preferences{}, err
		}
		inbox, err := inboxes.Inbox(ctx, reader.ID)
		if err != nil {
			return Preferences{}, err
		}
		subscribed, err := digests.Subscribed(ctx, reader.ID)
		return Preferences{NewArticles: inbox.NewArticles, WeeklyDigest: subscribed}, err
	})
	return func(ctx context.Context) (Preferences, error) { return read(ctx, struct{}{}) }
}

// SetPreferences changes what the reader is notified of from now on. The inbox
// stays as it is. It fails with fault.Unauthenticated for a visitor.
type SetPreferences func(ctx context.Context, preferences Preferences) error

// NewSetPreferences makes the use case.
func NewSetPreferences(db *database.DB, inboxes *Inboxes, digests *Digests) SetPreferences {
	return observe.Command("notifications.set_preferences", func(ctx context.Context, preferences Preferences) error {
		reader, err := currentReader(ctx)
		if err != nil {
			return err
		}
		err = db.InTx(ctx, func(ctx context.Context) error {
			if err := inboxes.SetNewArticles(ctx, reader.ID, preferences.NewArticles); err != nil {
				return err
			}
			return digests.SetSubscribed(ctx, reader.ID, preferences.WeeklyDigest)
		})
		if err != nil {
			return fmt.Errorf("set preferences: %w", err)
		}
		return nil
	})
}

// SetNewArticles changes whether the reader is notified of new articles. It
// fails with fault.Unauthenticated for a visitor.
type SetNewArticles func(ctx context.Context, enabled bool) error

// NewSetNewArticles makes the use case.
func NewSetNewArticles(inboxes *Inboxes) SetNewArticles {
	return observe.Command("notifications.set_new_articles", func(ctx context.Context, enabled bool) error {
		reader, err := currentReader(ctx)
		if err != nil {
			return err
		}
		return inboxes.SetNewArticles(ctx, reader.ID, enabled)
	})
}
