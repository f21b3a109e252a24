package notifications

import (
	"context"

	"example.com/pergola/core/observe"
)

// ReadPreferences says what the reader wants to be told.
//
// It fails with fault.Unauthenticated for a visitor.
type ReadPreferences func(ctx context.Context) (Preferences, error)

// NewReadPreferences makes the use case.
func NewReadPreferences(inboxes Inboxes, digests Digests) ReadPreferences {
	read := observe.UseCase("notifications.read_preferences", func(ctx context.Context, _ struct{}) (Preferences, error) {
		reader, err := currentReader(ctx)
		if err != nil {
			return Preferences{}, err
		}
		inbox, err := inboxes.Inbox(ctx, reader.ID)
		if err != nil {
			return Preferences{}, err
		}
		digest, err := digests.Wanted(ctx, reader.ID)
		return Preferences{NewArticles: inbox.NewArticles, WeeklyDigest: digest}, err
	})
	return func(ctx context.Context) (Preferences, error) { return read(ctx, struct{}{}) }
}
