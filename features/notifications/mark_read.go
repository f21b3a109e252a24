package notifications

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// MarkRead marks one of the reader's notifications as read and updates all their
// open pages. It leaves a notification alone that is already read.
//
// It fails with fault.NotFound if the reader has no such notification, and with
// fault.Unauthenticated for a visitor.
type MarkRead func(ctx context.Context, id string) (Notification, error)

// NewMarkRead makes the use case.
func NewMarkRead(db *database.DB, inboxes *Inboxes, rt realtime.Broadcaster, now feature.Clock) MarkRead {
	return observe.UseCase("notifications.mark_read", func(ctx context.Context, id string) (notification Notification, err error) {
		reader, err := currentReader(ctx)
		if err != nil {
			return Notification{}, err
		}
		err = db.InTx(ctx, func(ctx context.Context) error {
			notification, err = inboxes.Find(ctx, reader.ID, id)
			if err != nil || !notification.Unread() {
				return err
			}
			at := now.Now()
			inbox, changed, err := inboxes.MarkRead(ctx, reader.ID, id, at)
			if err != nil || !changed {
				return err
			}
			notification.ReadAt = at
			return broadcastChange(ctx, rt, reader.ID, inbox, InboxChange{Change: ChangeRead, NotificationID: id})
		})
		if err != nil {
			return Notification{}, fmt.Errorf("mark notification %s as read: %w", id, err)
		}
		return notification, nil
	})
}

// MarkAllRead marks all of the reader's notifications as read and updates all
// their open pages. It fails with fault.Unauthenticated for a visitor.
type MarkAllRead func(ctx context.Context) error

// NewMarkAllRead makes the use case.
func NewMarkAllRead(db *database.DB, inboxes *Inboxes, rt realtime.Broadcaster, now feature.Clock) MarkAllRead {
	mark := observe.Command("notifications.mark_all_read", func(ctx context.Context, _ struct{}) error {
		reader, err := currentReader(ctx)
		if err != nil {
			return err
		}
		err = db.InTx(ctx, func(ctx context.Context) error {
			inbox, changed, err := inboxes.MarkAllRead(ctx, reader.ID, now.Now())
			if err != nil || !changed {
				return err
			}
			return broadcastChange(ctx, rt, reader.ID, inbox, InboxChange{Change: ChangeAllRead})
		})
		if err != nil {
			return fmt.Errorf("mark all notifications as read: %w", err)
		}
		return nil
	})
	return func(ctx context.Context) error { return mark(ctx, struct{}{}) }
}
