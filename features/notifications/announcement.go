package notifications

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/form"
)

// Announcement is a message from an administrator to everyone.
type Announcement struct {
	ID         string // a UUID
	Title      string
	Text       string // may be empty
	SenderID   string
	SenderName string // at the time of sending
	SentAt     time.Time
}

// The maximum lengths of an announcement, in characters.
const (
	MaxAnnouncementTitle = 120
	MaxAnnouncementText  = 1000
)

// newAnnouncement fails with fault.Invalid, naming every field that is missing,
// too long or not text.
func newAnnouncement(in SendAnnouncementInput, sender auth.User, at time.Time) (Announcement, error) {
	a := Announcement{
		ID:         in.ID,
		Title:      form.Line(in.Title),
		Text:       form.Text(in.Text),
		SenderID:   sender.ID,
		SenderName: sender.Name,
		SentAt:     at,
	}
	if !database.IsUUID(a.ID) {
		a.ID = newID()
	}
	var errs form.Errors
	errs.MaxLength("title", "The title", a.Title, MaxAnnouncementTitle)
	errs.MaxLength("text", "The text", a.Text, MaxAnnouncementText)
	if a.Title == "" {
		errs.Add("title", "Enter a title.")
	}
	return a, errs.Err()
}

// sameContent reports whether other is the same announcement, submitted again.
func (a Announcement) sameContent(other Announcement) bool {
	return a.Title == other.Title && a.Text == other.Text && a.SenderID == other.SenderID
}

// currentAdmin returns the user if they are an administrator. It fails with
// fault.Unauthenticated or fault.Forbidden.
func currentAdmin(ctx context.Context) (auth.User, error) {
	return auth.CurrentUser(ctx), auth.CheckRole(ctx, auth.RoleAdmin)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
