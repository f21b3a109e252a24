package notifications

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// MarkRead marks a notification of the reader as read, in all their open pages
// too. One that is read already stays as it is.
//
// It fails with fault.NotFound if the reader has no such notification, and
// with fault.Unauthenticated for a visitor.
type MarkRead func(ctx context.Context, id string) (Notification, error)

// NewMarkRead makes the use case.
func NewMarkRead(inboxes Inboxes, tx database.Transactor, rt realtime.Broadcaster, now feature.Clock) MarkRead {
	return observe.UseCase("notifications.mark_read", func(ctx context.Context, id string) (notification Notification, err error) {
		reader, err := currentReader(ctx)
		if err != nil {
			return Notification{}, err
		}
		err = tx.InTx(ctx, func(ctx context.Context) error {
			notification, err = inboxes.Find(ctx, reader.ID, id)
			if err != nil || !notification.Unread() {
				return err
			}
			at := storedTime(now)
			inbox, changed, err := inboxes.MarkRead(ctx, reader.ID, id, at)
			if err != nil || !changed {
				return err
			}
			notification.ReadAt = at
			return tellReader(ctx, rt, reader.ID, inbox, InboxChange{Change: ChangeRead, NotificationID: id})
		})
		if err != nil {
			return Notification{}, fmt.Errorf("mark notification %s as read: %w", id, err)
		}
		return notification, nil
	})
}
