package blog

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// UnpublishArticle turns a published article back into a draft and broadcasts
// the change to the desk. Readers can't find it any more, by any of its slugs;
// an open front page shows it until it fetches its current state. A repeated
// request has no further effect.
//
// It fails with fault.NotFound if there is no such article, fault.Conflict if
// it isn't published or someone else changed it since the editor saw it, and
// with fault.Unauthenticated or fault.Forbidden for anyone but an editor.
type UnpublishArticle func(ctx context.Context, in UnpublishArticleInput) (Article, error)

// UnpublishArticleInput is the article as the editor saw it.
type UnpublishArticleInput struct {
	ID      string
	Version int
}

// NewUnpublishArticle creates the use case.
func NewUnpublishArticle(db *database.DB, articles *Articles, rt realtime.Broadcaster, now feature.Clock) UnpublishArticle {
	return observe.UseCase("blog.unpublish_article", func(ctx context.Context, in UnpublishArticleInput) (article Article, err error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		err = db.InTx(ctx, func(ctx context.Context) error {
			article, err = articles.FindVersion(ctx, in.ID, in.Version)
			if err != nil {
				return err
			}
			if err := article.Unpublish(editor, now.Now()); err != nil {
				return err
			}
			if err := articles.Save(ctx, &article); err != nil {
				return err
			}
			ArticleReadersChannel.For(article.ID).Recheck(ctx, rt)
			return broadcastActivity(ctx, rt, article)
		})
		if err != nil {
			article, err = feature.AcceptDuplicate(ctx, err, in.ID, articles.Find, func(stored Article) bool {
				return stored.hasChange(ActionUnpublished, editor, in.Version, nil)
			})
		}
		if err != nil {
			return Article{}, fmt.Errorf("unpublish article %s: %w", in.ID, err)
		}
		return article, nil
	})
}
