package notifications

import (
	"context"
	"time"

	"example.com/pergola/core/realtime"
)

// NotificationsChannel tells a reader, in every open page of theirs on every
// device, that something has changed in the inbox. Each message says how many
// notifications are unread now, so that one that was lost is made good by the
// next; and a page that was away asks for the present state.
//
// The name is on the wire: never change it.
var NotificationsChannel = realtime.DefineUserChannel[InboxChange]("notifications.user.{userId}")

// InboxChange is what happened to an inbox, and how it stands now.
type InboxChange struct {
	Change Change `json:"change" validate:"oneof=added read all_read removed"`

	// Messages may overtake one another: the one with the greatest revision
	// says what holds.
	Unread   int   `json:"unread" validate:"min=0"`
	Revision int64 `json:"revision" validate:"min=1"`

	NotificationID string `json:"notificationId,omitempty" validate:"omitempty,uuid"` // the one that was added or read
	News           string `json:"news,omitempty"`                                     // what was added, in a sentence
}

// Change is a kind of change of an inbox.
type Change string

// The changes. They are sent to browsers: never change one.
const (
	ChangeAdded   Change = "added"    // there is a new notification
	ChangeRead    Change = "read"     // one was read
	ChangeAllRead Change = "all_read" // all were read
	ChangeRemoved Change = "removed"  // some were unread for so long that they are gone
)

// AnnouncementsChannel shows an announcement on every open page of everybody
// who is signed in. Who has none open finds it in the inbox.
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

// tellReader tells a reader's open pages of a change.
func tellReader(ctx context.Context, rt realtime.Broadcaster, readerID string, inbox Inbox, change InboxChange) error {
	change.Unread, change.Revision = inbox.Unread, inbox.Revision
	return NotificationsChannel.For(readerID).Broadcast(ctx, rt, change)
}

func toastOf(a Announcement) AnnouncementToast {
	return AnnouncementToast{ID: a.ID, Title: a.Title, Text: a.Text, SenderName: a.SenderName, SentAt: a.SentAt}
}
