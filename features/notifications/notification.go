package notifications

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
)

// Notice is something that readers are told: the same words for all of them.
// Jobs carry it: never rename a field of its JSON.
type Notice struct {
	Kind      Kind      `json:"kind" validate:"oneof=article announcement"`
	SourceID  string    `json:"sourceId" validate:"required,uuid"` // what it is about; nobody is told of one source twice
	Title     string    `json:"title" validate:"required"`
	Text      string    `json:"text,omitempty"`
	URL       string    `json:"url,omitempty" validate:"omitempty,startswith=/"` // where it leads, a path of this site; "" if nowhere
	ActorName string    `json:"actorName,omitempty"`                             // who did it, as they were called then
	At        time.Time `json:"at" validate:"required"`
}

// Kind says what a notice is about.
type Kind string

// The kinds of notice. They are stored: never change one.
const (
	KindArticle      Kind = "article"      // an article was published; readers may not want it
	KindAnnouncement Kind = "announcement" // an administrator has something to say to everybody
)

// News is the notice in one sentence, as a screen reader says it when it comes.
func (n Notice) News() string {
	if n.Kind == KindArticle {
		return "New article by " + n.ActorName + ": " + n.Title
	}
	return "Announcement: " + n.Title
}

// Notification is a notice in one reader's inbox.
type Notification struct {
	ID     string // a UUID, version 7: of a reader's notifications, the later has the greater
	UserID string
	Notice
	ReadAt time.Time // zero while it is unread
}

// Unread reports whether the reader has not seen to it yet.
func (n Notification) Unread() bool { return n.ReadAt.IsZero() }

// currentReader is who is asking. Every use case of a reader begins with it.
// It fails with fault.Unauthenticated.
func currentReader(ctx context.Context) (auth.User, error) {
	user := auth.CurrentUser(ctx)
	if !user.SignedIn() {
		return auth.User{}, fault.Unauthenticated.New("Please sign in to see your notifications.")
	}
	return user, nil
}

// storedTime is the present as storage keeps it: in UTC, to the microsecond.
func storedTime(now feature.Clock) time.Time { return now().UTC().Truncate(time.Microsecond) }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// isID reports whether there may be something with this id. Storage holds
// UUIDs in their usual form, and addresses hold anything.
func isID(id string) bool { return len(id) == 36 && uuid.Validate(id) == nil }
