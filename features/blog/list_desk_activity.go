package blog

import (
	"context"

	"example.com/pergola/core/observe"
	"example.com/pergola/core/pagination"
)

// ListDeskActivity returns the current state of DeskChannel: the last change of
// each of the most recently changed articles, newest first, at most limit.
//
// It fails with fault.Unauthenticated or fault.Forbidden for anyone but an
// editor.
type ListDeskActivity func(ctx context.Context, limit int) ([]DeskActivity, error)

// NewListDeskActivity creates the use case.
func NewListDeskActivity(articles *Articles) ListDeskActivity {
	return observe.UseCase("blog.list_desk_activity", func(ctx context.Context, limit int) ([]DeskActivity, error) {
		if _, err := currentEditor(ctx); err != nil {
			return nil, err
		}
		entries, err := articles.ListForDesk(ctx, "", pagination.Cursor{}, limit)
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
