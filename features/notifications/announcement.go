package notifications

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
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
		Title:      strings.Join(strings.Fields(in.Title), " "),
		Text:       strings.TrimSpace(strings.ReplaceAll(in.Text, "\r\n", "\n")),
		SenderID:   sender.ID,
		SenderName: sender.Name,
		SentAt:     at,
	}
	if !database.IsUUID(a.ID) {
		a.ID = newID()
	}
	var invalid []fault.Field
	if problem := problemWith(a.Title, MaxAnnouncementTitle); problem != "" {
		invalid = append(invalid, fault.Field{Name: "title", Message: "The title " + problem})
	}
	if a.Title == "" {
		invalid = append(invalid, fault.Field{Name: "title", Message: "Enter a title."})
	}
	if problem := problemWith(a.Text, MaxAnnouncementText); problem != "" {
		invalid = append(invalid, fault.Field{Name: "text", Message: "The text " + problem})
	}
	return a, fault.InvalidFields(invalid...)
}

// sameContent reports whether other is the same announcement, submitted again.
func (a Announcement) sameContent(other Announcement) bool {
	return a.Title == other.Title && a.Text == other.Text && a.SenderID == other.SenderID
}

// problemWith describes why a value cannot be stored, "" if it can. PostgreSQL
// stores neither invalid UTF-8 nor NUL.
func problemWith(value string, limit int) string {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return "contains characters that aren't allowed."
	}
	if length := utf8.RuneCountInString(value); length > limit {
		return fmt.Sprintf("has %d characters. The maximum is %d.", length, limit)
	}
	return ""
}

// currentAdmin returns the user if they are an administrator. It fails with
// fault.Unauthenticated or fault.Forbidden.
func currentAdmin(ctx context.Context) (auth.User, error) {
	return auth.CurrentUser(ctx), auth.CheckRole(ctx, auth.RoleAdmin)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
