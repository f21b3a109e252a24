package notifications

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
)

// Announcement is what an administrator has to say to everybody.
type Announcement struct {
	ID         string // a UUID
	Title      string
	Text       string // may be empty
	SenderID   string
	SenderName string // as they were called then
	SentAt     time.Time
}

// The longest that an announcement may be, in characters.
const (
	MaxAnnouncementTitle = 120
	MaxAnnouncementText  = 1000
)

// newAnnouncement fails with fault.Invalid and names every field that is
// missing, too long, or holds what is not text.
func newAnnouncement(in SendAnnouncementInput, sender auth.User, at time.Time) (Announcement, error) {
	a := Announcement{
		ID:         in.ID,
		Title:      strings.Join(strings.Fields(in.Title), " "),
		Text:       strings.TrimSpace(strings.ReplaceAll(in.Text, "\r\n", "\n")),
		SenderID:   sender.ID,
		SenderName: sender.Name,
		SentAt:     at,
	}
	if !isID(a.ID) {
		a.ID = newID()
	}
	var wrong []fault.Field
	if complaint := complaintAbout(a.Title, MaxAnnouncementTitle); complaint != "" {
		wrong = append(wrong, fault.Field{Name: "title", Message: "The title " + complaint})
	}
	if a.Title == "" {
		wrong = append(wrong, fault.Field{Name: "title", Message: "An announcement needs a title."})
	}
	if complaint := complaintAbout(a.Text, MaxAnnouncementText); complaint != "" {
		wrong = append(wrong, fault.Field{Name: "text", Message: "The text " + complaint})
	}
	return a, fault.InvalidFields(wrong...)
}

// saysTheSame reports whether this is the other one, sent again.
func (a Announcement) saysTheSame(other Announcement) bool {
	return a.Title == other.Title && a.Text == other.Text && a.SenderID == other.SenderID
}

// complaintAbout says what is wrong with a value, "" if nothing is. PostgreSQL
// stores neither invalid UTF-8 nor NUL.
func complaintAbout(value string, limit int) string {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return "holds what is not text."
	}
	if length := utf8.RuneCountInString(value); length > limit {
		return fmt.Sprintf("has %d characters; at most %d are possible.", length, limit)
	}
	return ""
}

// currentAdmin is who is asking, if they may speak to everybody. It fails with
// fault.Unauthenticated and fault.Forbidden.
func currentAdmin(ctx context.Context) (auth.User, error) {
	user := auth.CurrentUser(ctx)
	if !user.SignedIn() {
		return auth.User{}, fault.Unauthenticated.New("Please sign in to make announcements.")
	}
	if !user.HasRole(auth.RoleAdmin) {
		return auth.User{}, fault.Forbidden.New("Only administrators make announcements.")
	}
	return user, nil
}
