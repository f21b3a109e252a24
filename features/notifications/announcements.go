package notifications

import "context"

// Announcements is where announcements are kept. Every method joins the
// transaction in the context; each fails with fault.Unavailable when storage
// does not answer.
type Announcements interface {
	// Add stores an announcement, unless there is one with this id: it returns
	// the one that is stored, and whether that is the new one.
	Add(ctx context.Context, a Announcement) (stored Announcement, added bool, err error)

	// Latest are those that were sent last, the latest first.
	Latest(ctx context.Context, limit int) ([]Announcement, error)
}
