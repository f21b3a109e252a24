package blog

import (
	"context"

	"example.com/pergola/core/observe"
)

// ListDeskActivity is the present state of DeskChannel: what was last done to
// each of the articles that were changed last, latest first, at most limit of
// them.
//
// It fails with fault.Unauthenticated or fault.Forbidden if no editor asks.
type ListDeskActivity func(ctx context.Context, limit int) ([]DeskActivity, error)

// NewListDeskActivity makes the use case.
func NewListDeskActivity(articles Articles) ListDeskActivity {
	return observe.UseCase("blog.list_desk_activity", func(ctx context.Context, limit int) ([]DeskActivity, error) {
		if _, err := currentEditor(ctx); err != nil {
			return nil, err
		}
		entries, err := articles.ListForDesk(ctx, "", Cursor{}, limit)
		if err != nil {
			return nil, err
		}
		activities := make([]DeskActivity, 0, len(entries))
		for _, entry := range entries {
			activities = append(activities, activityOf(entry.ID, entry.Version, entry.Title, entry.LastChange))
		}
		return activities, nil
	})
}
