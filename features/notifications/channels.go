package notifications

import (
	"context"
	"time"

	"example.com/pergola/core/realtime"
)

// NotificationsChannel announces changes of a reader's inbox to all their open
// pages, on every device.
//
// The name is on the wire: never change it.
var NotificationsChannel = realtime.DefineUserChannel[InboxChange]("notifications.user.{userId}")

// InboxChange is a change to an inbox, with the state after it.
type InboxChange struct {
	Change Change `json:"change" validate:"oneof=added read all_read removed"`

	// Messages may arrive out of order: the one with the greatest revision has
	// the current number.
	Unread   int   `json:"unread" validate:"min=0"`
	Revision int64 `json:"revision" validate:"min=1"`

	NotificationID string `json:"notificationId,omitempty" validate:"omitempty,uuid"` // that was added or read
	News           string `json:"news,omitempty"`                                     // what was added, in a sentence
}

// Change is a kind of change of an inbox.
type Change string

// The changes. They are on the wire: never change one.
const (
	ChangeAdded   Change = "added"    // a new notification
	ChangeRead    Change = "read"     // one was read
	ChangeAllRead Change = "all_read" // all were read
	ChangeRemoved Change = "removed"  // unread ones were removed because of their age
)

// AnnouncementsChannel shows an announcement on every open page of everyone who
// is signed in. Others find it in their inbox.
//
// The name is on the wire: never change it.
var AnnouncementsChannel = realtime.DefineChannel[AnnouncementToast]("notifications.announcements", realtime.Authenticated)

// AnnouncementToast is what a page shows of an announcement.
type AnnouncementToast struct {
	ID         string    `json:"id" validate:"required,uuid"`
	Title      string    `json:"title" validate:"required,max=120"`
	Text       string    `json:"text" validate:"max=1000"`
	SenderName string    `json:"senderName"`
	SentAt     time.Time `json:"sentAt" validate:"required"`
}

// broadcastChange announces a change to the reader's open pages.
func broadcastChange(ctx context.Context, rt realtime.Broadcaster, readerID string, inbox Inbox, change InboxChange) error {
	change.Unread, change.Revision = inbox.Unread, inbox.Revision
	return NotificationsChannel.For(readerID).Broadcast(ctx, rt, change)
}

func toastOf(a Announcement) AnnouncementToast {
	return AnnouncementToast{ID: a.ID, Title: a.Title, Text: a.Text, SenderName: a.SenderName, SentAt: a.SentAt}
}
