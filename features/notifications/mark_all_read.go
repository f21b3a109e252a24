package notifications

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// MarkAllRead marks everything in the reader's inbox as read, in all their open
// pages too.
//
// It fails with fault.Unauthenticated for a visitor.
type MarkAllRead func(ctx context.Context) error

// NewMarkAllRead makes the use case.
func NewMarkAllRead(inboxes Inboxes, tx database.Transactor, rt realtime.Broadcaster, now feature.Clock) MarkAllRead {
	mark := observe.Command("notifications.mark_all_read", func(ctx context.Context, _ struct{}) error {
		reader, err := currentReader(ctx)
		if err != nil {
			return err
		}
		err = tx.InTx(ctx, func(ctx context.Context) error {
			inbox, changed, err := inboxes.MarkAllRead(ctx, reader.ID, storedTime(now))
			if err != nil || !changed {
				return err
			}
			return tellReader(ctx, rt, reader.ID, inbox, InboxChange{Change: ChangeAllRead})
		})
		if err != nil {
			return fmt.Errorf("mark all notifications as read: %w", err)
		}
		return nil
	})
	return func(ctx context.Context) error { return mark(ctx, struct{}{}) }
}
