package blog

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// DeleteArticle deletes an article for good, draft or public, and tells the
// desk. Its slugs are free again.
//
// It fails with fault.NotFound if there is no such article, fault.Conflict if
// somebody else changed it since the editor saw it, and with
// fault.Unauthenticated or fault.Forbidden if no editor asks.
type DeleteArticle func(ctx context.Context, in DeleteArticleInput) error

// DeleteArticleInput is the article as the editor saw it.
type DeleteArticleInput struct {
	ID      string
	Version int
}

// NewDeleteArticle makes the use case.
func NewDeleteArticle(articles Articles, tx database.Transactor, rt realtime.Broadcaster, now feature.Clock) DeleteArticle {
	return observe.Command("blog.delete_article", func(ctx context.Context, in DeleteArticleInput) error {
		editor, err := currentEditor(ctx)
		if err != nil {
			return err
		}
		err = tx.InTx(ctx, func(ctx context.Context) error {
			article, err := findSeen(ctx, articles, in.ID, in.Version)
			if err != nil {
				return err
			}
			article.note(ActionDeleted, editor, storedTime(now))
			if err := articles.Remove(ctx, article.ID, article.Version); err != nil {
				return err
			}
			article.Version++ // the deletion is an activity of its own
			ArticleReadersChannel.For(article.ID).Recheck(ctx, rt)
			return tellDesk(ctx, rt, article)
		})
		if err != nil {
			return fmt.Errorf("delete article %s: %w", in.ID, err)
		}
		return nil
	})
}
