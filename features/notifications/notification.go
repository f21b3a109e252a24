package notifications

import (
	"context"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
)

// Notice is the content of a notification, the same for all readers. Stored jobs
// contain it: never rename a field of its JSON.
type Notice struct {
	Kind      Kind      `json:"kind" validate:"oneof=article announcement"`
	SourceID  string    `json:"sourceId" validate:"required,uuid"` // what it is about; readers are notified once per source
	Title     string    `json:"title" validate:"required"`
	Text      string    `json:"text,omitempty"`
	URL       string    `json:"url,omitempty" validate:"omitempty,startswith=/"` // a path of this site; "" for no link
	ActorName string    `json:"actorName,omitempty"`                             // who did it, with their name at the time
	At        time.Time `json:"at" validate:"required"`
}

// Kind is what a notice is about.
type Kind string

// The kinds of notice. They are stored: never change one.
const (
	KindArticle      Kind = "article"      // an article was published; readers can turn these off
	KindAnnouncement Kind = "announcement" // a message from an administrator to everyone
)

// News is the notice in one sentence, for screen readers.
func (n Notice) News() string {
	if n.Kind == KindArticle {
		return "New article by " + n.ActorName + ": " + n.Title
	}
	return "Announcement: " + n.Title
}

// Notification is a notice in one reader's inbox.
type Notification struct {
	ID     string // a UUID, version 7, so that IDs sort by time
	UserID string
	Notice
	ReadAt time.Time // zero while it is unread
}

// Unread reports whether the reader has not read it yet.
func (n Notification) Unread() bool { return n.ReadAt.IsZero() }

// Inbox is the state of one reader's notifications.
type Inbox struct {
	Unread int

	// Revision counts the changes of Unread. Messages to browsers may arrive out
	// of order: the greatest revision is current.
	Revision int64

	NewArticles bool // whether the reader wants notifications of new articles
}

// currentReader returns the current user. It fails with fault.Unauthenticated
// for a visitor.
func currentReader(ctx context.Context) (auth.User, error) {
	user := auth.CurrentUser(ctx)
	if !user.SignedIn() {
		return auth.User{}, fault.Unauthenticated.New("Sign in to see your notifications.")
	}
	return user, nil
}
