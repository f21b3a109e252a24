package blog

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// DeleteArticle permanently deletes a draft or a published article and
// broadcasts the change to the desk. Its slugs become free.
//
// It fails with fault.NotFound if there is no such article, fault.Conflict if
// someone else changed it since the editor saw it, and with
// fault.Unauthenticated or fault.Forbidden for anyone but an editor.
type DeleteArticle func(ctx context.Context, in DeleteArticleInput) error

// DeleteArticleInput is the article as the editor saw it.
type DeleteArticleInput struct {
	ID      string
	Version int
}

// NewDeleteArticle creates the use case.
func NewDeleteArticle(db *database.DB, articles *Articles, rt realtime.Broadcaster, now feature.Clock) DeleteArticle {
	return observe.Command("blog.delete_article", func(ctx context.Context, in DeleteArticleInput) error {
		editor, err := currentEditor(ctx)
		if err != nil {
			return err
		}
		err = db.InTx(ctx, func(ctx context.Context) error {
			article, err := articles.FindVersion(ctx, in.ID, in.Version)
			if err != nil {
				return err
			}
			if err := articles.Remove(ctx, article.ID, article.Version); err != nil {
				return err
			}
			article.record(ActionDeleted, editor, now.Now())
			article.Version++ // gives the activity an id of its own
			ArticleReadersChannel.For(article.ID).Recheck(ctx, rt)
			return broadcastActivity(ctx, rt, article)
		})
		if err != nil {
			return fmt.Errorf("delete article %s: %w", in.ID, err)
		}
		return nil
	})
}
