package blog

import (
	"context"
	"fmt"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// EditArticle gives an article another text, and tells the desk. Its address
// follows its title: see settleSlug. The same change asked for twice is made
// once.
//
// It fails with fault.Invalid if the text breaks a rule (see Text.Checked),
// fault.NotFound if there is no such article, fault.Conflict if somebody else
// changed it since the editor saw it, and with fault.Unauthenticated or
// fault.Forbidden if no editor asks.
type EditArticle func(ctx context.Context, in EditArticleInput) (Article, error)

// EditArticleInput is the new text, and the version that it was written over.
type EditArticleInput struct {
	ID      string
	Version int
	Text    Text
}

// NewEditArticle makes the use case.
func NewEditArticle(articles Articles, tx database.Transactor, rt realtime.Broadcaster, composer *Composer, now feature.Clock) EditArticle {
	return observe.UseCase("blog.edit_article", func(ctx context.Context, in EditArticleInput) (article Article, err error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		composed, err := composer.Compose(in.Text)
		if err != nil {
			return Article{}, err
		}
		err = tx.InTx(ctx, func(ctx context.Context) error {
			article, err = findSeen(ctx, articles, in.ID, in.Version)
			if err != nil {
				return err
			}
			if err := rewrite(ctx, articles, &article, composed, editor, storedTime(now)); err != nil {
				return err
			}
			if err := articles.Save(ctx, &article); err != nil {
				return err
			}
			return tellDesk(ctx, rt, article)
		})
		if err != nil {
			article, err = unlessHad(ctx, articles, in.ID, err, func(a Article) bool { return a.hasHad(ActionEdited, editor, in.Version, &composed) })
		}
		if err != nil {
			return Article{}, fmt.Errorf("edit article %s: %w", in.ID, err)
		}
		return article, nil
	})
}

// rewrite gives the article its new text and the slug of its new title.
func rewrite(ctx context.Context, articles Articles, article *Article, text Composed, editor auth.User, at time.Time) error {
	formerTitle := article.Title
	article.Edit(text, editor, at)
	return settleSlug(ctx, articles, article, formerTitle)
}
