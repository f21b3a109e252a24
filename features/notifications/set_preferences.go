package notifications

import (
	"context"

	"example.com/pergola/core/observe"
)

// SetPreferences notes what the reader wants to be told from now on. What is
// in the inbox stays there.
//
// It fails with fault.Unauthenticated for a visitor.
type SetPreferences func(ctx context.Context, wanted Preferences) error

// Preferences are what a reader may decline. Announcements come in any case.
type Preferences struct {
	NewArticles bool
}

// NewSetPreferences makes the use case.
func NewSetPreferences(inboxes Inboxes) SetPreferences {
	return observe.Command("notifications.set_preferences", func(ctx context.Context, wanted Preferences) error {
		reader, err := currentReader(ctx)
		if err != nil {
			return err
		}
		return inboxes.WantNewArticles(ctx, reader.ID, wanted.NewArticles)
	})
}
