package notifications

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// NotificationsPerPage is the number of notifications on a page.
const NotificationsPerPage = 20

// ListNotifications returns one page of the reader's notifications, newest
// first.
//
// It fails with fault.Invalid if Below is not from ListNotifications, and with
// fault.Unauthenticated for a visitor.
type ListNotifications func(ctx context.Context, in ListNotificationsInput) (NotificationPage, error)

// ListNotificationsInput selects the page.
type ListNotificationsInput struct {
	Below string // NotificationPage.Next of the page before; "" for the first page
}

// NotificationPage is one page of a reader's notifications.
type NotificationPage struct {
	Notifications []Notification
	Next          string // for the Below of the next page; "" if this is the last one
}

// NewListNotifications makes the use case.
func NewListNotifications(inboxes *Inboxes) ListNotifications {
	return observe.UseCase("notifications.list_notifications", func(ctx context.Context, in ListNotificationsInput) (NotificationPage, error) {
		reader, err := currentReader(ctx)
		if err != nil {
			return NotificationPage{}, err
		}
		if in.Below != "" && !database.IsUUID(in.Below) {
			return NotificationPage{}, fault.InvalidFields(fault.Field{Name: "below", Message: "This page link isn't valid. Start from the first page."})
		}
		found, err := inboxes.List(ctx, reader.ID, in.Below, NotificationsPerPage+1) // one more, to know whether there is a next page
		if err != nil {
			return NotificationPage{}, err
		}
		page := NotificationPage{Notifications: found}
		if len(found) > NotificationsPerPage {
			page.Notifications = found[:NotificationsPerPage]
			page.Next = page.Notifications[NotificationsPerPage-1].ID
		}
		return page, nil
	})
}

// ReadInbox returns the state of the reader's inbox. Every page needs it, so it
// reads a single row. It fails with fault.Unauthenticated for a visitor.
type ReadInbox func(ctx context.Context) (Inbox, error)

// NewReadInbox makes the use case.
func NewReadInbox(inboxes *Inboxes) ReadInbox {
	read := observe.UseCase("notifications.read_inbox", func(ctx context.Context, _ struct{}) (Inbox, error) {
		reader, err := currentReader(ctx)
		if err != nil {
			return Inbox{}, err
		}
		return inboxes.Inbox(ctx, reader.ID)
	})
	return func(ctx context.Context) (Inbox, error) { return read(ctx, struct{}{}) }
}
