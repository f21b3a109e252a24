package blog

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// UnpublishArticle makes a public article a draft again, and tells the desk.
// Readers no longer find it, under none of its addresses; a front page that is
// open shows it until it asks for its present state. Done twice by an editor,
// it is done once.
//
// It fails with fault.NotFound if there is no such article, fault.Conflict if
// it is no longer public or somebody else changed it since the editor saw it,
// and with fault.Unauthenticated or fault.Forbidden if no editor asks.
type UnpublishArticle func(ctx context.Context, in UnpublishArticleInput) (Article, error)

// UnpublishArticleInput is the article as the editor saw it.
type UnpublishArticleInput struct {
	ID      string
	Version int
}

// NewUnpublishArticle makes the use case.
func NewUnpublishArticle(articles Articles, tx database.Transactor, rt realtime.Broadcaster, now feature.Clock) UnpublishArticle {
	return observe.UseCase("blog.unpublish_article", func(ctx context.Context, in UnpublishArticleInput) (article Article, err error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		err = tx.InTx(ctx, func(ctx context.Context) error {
			article, err = findSeen(ctx, articles, in.ID, in.Version)
			if err != nil {
				return err
			}
			if err := article.Unpublish(editor, storedTime(now)); err != nil {
				return err
			}
			if err := articles.Save(ctx, &article); err != nil {
				return err
			}
			ArticleReadersChannel.For(article.ID).Recheck(ctx, rt)
			return tellDesk(ctx, rt, article)
		})
		if err != nil {
			article, err = unlessHad(ctx, articles, in.ID, err, func(a Article) bool { return a.hasHad(ActionWithdrew, editor, in.Version, nil) })
		}
		if err != nil {
			return Article{}, fmt.Errorf("unpublish article %s: %w", in.ID, err)
		}
		return article, nil
	})
}
