package notifications

import (
	"context"

	"example.com/pergola/core/observe"
)

// ListAnnouncements returns the latest announcements, newest first. It fails
// with fault.Unauthenticated or fault.Forbidden unless the user is an
// administrator.
type ListAnnouncements func(ctx context.Context, limit int) ([]Announcement, error)

// NewListAnnouncements makes the use case.
func NewListAnnouncements(announcements *Announcements) ListAnnouncements {
	return observe.UseCase("notifications.list_announcements", func(ctx context.Context, limit int) ([]Announcement, error) {
		if _, err := currentAdmin(ctx); err != nil {
			return nil, err
		}
		return announcements.Latest(ctx, limit)
	})
}
