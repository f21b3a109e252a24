package blog

import (
	"context"
	"fmt"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// MayRead returns nil if the user in the context may read the article: everyone
// may read a published one, and editors may read drafts.
//
// Otherwise it fails with fault.NotFound, as it does if there is no such
// article.
type MayRead func(ctx context.Context, articleID string) error

// NewMayRead creates the use case.
func NewMayRead(articles *Articles) MayRead {
	return observe.Command("blog.may_read", func(ctx context.Context, articleID string) error {
		article, err := articles.Find(ctx, articleID)
		if err != nil {
			return fmt.Errorf("check who may read article %s: %w", articleID, err)
		}
		if article.State != StatePublished && !auth.CurrentUser(ctx).HasRole(auth.RoleEditor) {
			return fault.NotFound.New("This article isn't published.")
		}
		return nil
	})
}
