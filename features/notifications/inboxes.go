package notifications

import (
	"context"
	"time"

	"example.com/pergola/core/fault"
)

// Inboxes is what notifications asks of storage. Every method joins the
// transaction in the context; each fails with fault.Unavailable when storage
// does not answer.
//
// Changes of one inbox happen one after the other, each seeing the one before,
// so that Inbox.Unread is right and Inbox.Revision tells their order. For that
// Deliver, MarkRead, MarkAllRead and Trim are called inside a transaction.
type Inboxes interface {
	// Deliver puts the notice into the inboxes of these readers, at once. Those
	// who have it already, or do not want it, are left out. It returns what
	// was delivered, in no order. The ids are UUIDs of users, in rising order:
	// two deliveries at the same time would wait for one another otherwise.
	Deliver(ctx context.Context, notice Notice, readerIDs []string) ([]Delivery, error)

	// Find fails with fault.NotFound if the reader has no such notification.
	Find(ctx context.Context, readerID, id string) (Notification, error)

	// List is what a reader finds, the latest first, below the notification
	// with this id; "" is the top of the list.
	List(ctx context.Context, readerID, below string, limit int) ([]Notification, error)

	// Inbox is how a reader's notifications stand. It costs one row.
	Inbox(ctx context.Context, readerID string) (Inbox, error)

	// MarkRead marks one notification as read. It reports false if there was
	// nothing to change: it was read already, or is not this reader's.
	MarkRead(ctx context.Context, readerID, id string, at time.Time) (inbox Inbox, changed bool, err error)

	// MarkAllRead marks all notifications of a reader as read. It reports
	// false if there were none to change.
	MarkAllRead(ctx context.Context, readerID string, at time.Time) (inbox Inbox, changed bool, err error)

	// WantNewArticles notes whether a reader wants to be told of new articles.
	WantNewArticles(ctx context.Context, readerID string, wanted bool) error

	// Trim removes of each of these readers what was read before a time, and
	// what is further down the list than so many. It returns the inboxes in
	// which fewer are unread now, and takes any ids, in any order. It is called
	// inside a transaction.
	Trim(ctx context.Context, readerIDs []string, readBefore time.Time, keep int) (map[string]Inbox, error)

	// Owners are the ids of users of whom something is stored, in their order,
	// after this one; "" begins.
	Owners(ctx context.Context, after string, limit int) ([]string, error)

	// Remove deletes everything that is stored of these users.
	Remove(ctx context.Context, userIDs []string) error
}

// Delivery is a notification that was just delivered, and how its inbox stands
// now.
type Delivery struct {
	ReaderID       string
	NotificationID string
	Inbox          Inbox
}

// What every implementation says.
func errNoNotification() error { return fault.NotFound.New("There is no such notification.") }
