package blog

import (
	"context"
	"fmt"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// MayRead reports why the user in the context may not read an article: nil for
// a public one, and for an editor.
//
// It fails with fault.NotFound if there is no such article, and for readers if
// it is not public.
type MayRead func(ctx context.Context, articleID string) error

// NewMayRead makes the use case.
func NewMayRead(articles Articles) MayRead {
	return observe.Command("blog.may_read", func(ctx context.Context, articleID string) error {
		article, err := articles.Find(ctx, articleID)
		if err != nil {
			return fmt.Errorf("ask who may read article %s: %w", articleID, err)
		}
		if article.State != StatePublished && !auth.CurrentUser(ctx).HasRole(auth.RoleEditor) {
			return fault.NotFound.New("This article is not public.")
		}
		return nil
	})
}
