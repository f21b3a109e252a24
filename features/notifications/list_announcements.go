package notifications

import (
	"context"

	"example.com/pergola/core/observe"
)

// ListAnnouncements shows administrators what was announced last, the latest
// first, at most limit of them.
//
// It fails with fault.Unauthenticated or fault.Forbidden if no administrator
// asks.
type ListAnnouncements func(ctx context.Context, limit int) ([]Announcement, error)

// NewListAnnouncements makes the use case.
func NewListAnnouncements(announcements Announcements) ListAnnouncements {
	return observe.UseCase("notifications.list_announcements", func(ctx context.Context, limit int) ([]Announcement, error) {
		if _, err := currentAdmin(ctx); err != nil {
			return nil, err
		}
		return announcements.Latest(ctx, limit)
	})
}
