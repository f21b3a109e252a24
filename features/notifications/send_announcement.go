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

// SendAnnouncement says something to everybody who has an account: at once on
// their open pages, and soon after in their inboxes. Sending the same again,
// with the same id, says nothing twice.
//
// It fails with fault.Invalid, naming the fields, with fault.Conflict if
// something else was sent with this id, and with fault.Unauthenticated or
// fault.Forbidden if no administrator asks.
type SendAnnouncement func(ctx context.Context, in SendAnnouncementInput) (Announcement, error)

// SendAnnouncementInput is what an administrator writes.
type SendAnnouncementInput struct {
	ID    string // a UUID that stands in the form, so that a form that is sent twice counts once; "" for a new one
	Title string
	Text  string
}

// NewSendAnnouncement makes the use case.
func NewSendAnnouncement(announcements Announcements, tx database.Transactor, rt realtime.Broadcaster, outbox events.Outbox, now feature.Clock) SendAnnouncement {
	return observe.UseCase("notifications.send_announcement", func(ctx context.Context, in SendAnnouncementInput) (Announcement, error) {
		sender, err := currentAdmin(ctx)
		if err != nil {
			return Announcement{}, err
		}
		announcement, err := newAnnouncement(in, sender, storedTime(now))
		if err != nil {
			return Announcement{}, err
		}
		err = tx.InTx(ctx, func(ctx context.Context) error {
			stored, added, err := announcements.Add(ctx, announcement)
			if err != nil {
				return err
			}
			if !added {
				return sentBefore(stored, announcement)
			}
			if err := AnnouncementSentEvent.Publish(ctx, outbox, sentFrom(announcement)); err != nil {
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

// sentBefore is nil for a form that was merely sent twice.
func sentBefore(stored, sent Announcement) error {
	if stored.saysTheSame(sent) {
		return nil
	}
	return fault.Conflict.New("“%s” was sent with this form already. Send again to make another announcement of this.", stored.Title)
}
