package notifications

import (
	"context"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// NotificationsPerPage is how many notifications a page shows at once.
const NotificationsPerPage = 20

// ListNotifications shows readers what they were told, the latest first, a page
// at a time.
//
// It fails with fault.Invalid if Below was not made by ListNotifications, and
// with fault.Unauthenticated for a visitor.
type ListNotifications func(ctx context.Context, in ListNotificationsInput) (NotificationPage, error)

// ListNotificationsInput says where the page begins.
type ListNotificationsInput struct {
	Below string // NotificationPage.Next of the page before; "" for the first page
}

// NotificationPage is one page of a reader's notifications.
type NotificationPage struct {
	Notifications []Notification
	Next          string // where the next page begins; "" if this is the last
}

// NewListNotifications makes the use case.
func NewListNotifications(inboxes Inboxes) ListNotifications {
	return observe.UseCase("notifications.list_notifications", func(ctx context.Context, in ListNotificationsInput) (NotificationPage, error) {
		reader, err := currentReader(ctx)
		if err != nil {
			return NotificationPage{}, err
		}
		if in.Below != "" && !isID(in.Below) {
			return NotificationPage{}, fault.InvalidFields(fault.Field{Name: "below", Message: "This is no place in the list. Begin again at the top."})
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
