package notifications

import (
	"time"

	"example.com/pergola/core/events"
)

// AnnouncementSentEvent is published once for each announcement, in the
// transaction that stores it. The name is stored: never change it.
var AnnouncementSentEvent = events.Define[AnnouncementSent]("notifications.announcement.sent")

// AnnouncementSent is an announcement and its sender.
type AnnouncementSent struct {
	AnnouncementID string    `json:"announcementId" validate:"required,uuid"`
	Title          string    `json:"title" validate:"required,max=120"`
	Text           string    `json:"text" validate:"max=1000"`
	SenderID       string    `json:"senderId" validate:"required,uuid"`
	SenderName     string    `json:"senderName"`
	SentAt         time.Time `json:"sentAt" validate:"required"`
}

func announcementSent(a Announcement) AnnouncementSent {
	return AnnouncementSent{
		AnnouncementID: a.ID,
		Title:          a.Title,
		Text:           a.Text,
		SenderID:       a.SenderID,
		SenderName:     a.SenderName,
		SentAt:         a.SentAt,
	}
}
