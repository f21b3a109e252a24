package notifications

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// SendAnnouncement sends a message to everyone who has an account: at once to
// their open pages, and soon after to their inboxes. Sending the same
// announcement again with the same ID does nothing.
//
// It fails with fault.Invalid, naming the fields; with fault.Conflict if
// another announcement was sent with this ID; and with fault.Unauthenticated or
// fault.Forbidden unless the user is an administrator.
type SendAnnouncement func(ctx context.Context, in SendAnnouncementInput) (Announcement, error)

// SendAnnouncementInput is what an administrator submits.
type SendAnnouncementInput struct {
	ID    string // a UUID from the form, so that submitting it twice sends once; "" for a new one
	Title string
	Text  string
}

// NewSendAnnouncement makes the use case.
func NewSendAnnouncement(db *database.DB, announcements *Announcements, rt realtime.Broadcaster, outbox events.Outbox, now feature.Clock) SendAnnouncement {
	return observe.UseCase("notifications.send_announcement", func(ctx context.Context, in SendAnnouncementInput) (Announcement, error) {
		sender, err := currentAdmin(ctx)
		if err != nil {
			return Announcement{}, err
		}
		announcement, err := newAnnouncement(in, sender, now.Now())
		if err != nil {
			return Announcement{}, err
		}
		err = db.InTx(ctx, func(ctx context.Context) error {
			stored, added, err := announcements.Add(ctx, announcement)
			switch {
			case err != nil:
				return err
			case !added && stored.sameContent(announcement):
				return nil
			case !added:
				return fault.Conflict.New("You already sent “%s” with this form. Send again to make this a new announcement.", stored.Title)
			}
			if err := AnnouncementSentEvent.Publish(ctx, outbox, announcementSent(announcement)); err != nil {
				return err
			}
			return AnnouncementsChannel.Broadcast(ctx, rt, toastOf(announcement))
		})
		if err != nil {
			return Announcement{}, fmt.Errorf("send announcement %s: %w", announcement.ID, err)
		}
		return announcement, nil
	})
}
