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

// EditArticle replaces an article's text and broadcasts the change to the desk.
// The slug follows the title: see Articles.AssignSlug. A repeated request has
// no further effect.
//
// It fails with fault.Invalid if the text is invalid (see Text.Normalize),
// fault.NotFound if there is no such article, fault.Conflict if someone else
// changed it since the editor saw it, and with fault.Unauthenticated or
// fault.Forbidden for anyone but an editor.
type EditArticle func(ctx context.Context, in EditArticleInput) (Article, error)

// EditArticleInput is the new text, and the version that the editor saw.
type EditArticleInput struct {
	ID      string
	Version int
	Text    Text
}

// NewEditArticle creates the use case.
func NewEditArticle(db *database.DB, articles *Articles, renderer *Renderer, rt realtime.Broadcaster, now feature.Clock) EditArticle {
	return observe.UseCase("blog.edit_article", func(ctx context.Context, in EditArticleInput) (article Article, err error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		text, err := renderer.Render(in.Text)
		if err != nil {
			return Article{}, err
		}
		err = db.InTx(ctx, func(ctx context.Context) error {
			article, err = articles.FindVersion(ctx, in.ID, in.Version)
			if err != nil {
				return err
			}
			if err := rewrite(ctx, articles, &article, text, editor, now.Now()); err != nil {
				return err
			}
			if err := articles.Save(ctx, &article); err != nil {
				return err
			}
			return broadcastActivity(ctx, rt, article)
		})
		if err != nil {
			article, err = feature.AcceptDuplicate(ctx, err, in.ID, articles.Find, func(stored Article) bool {
				return stored.hasChange(ActionEdited, editor, in.Version, &text)
			})
		}
		if err != nil {
			return Article{}, fmt.Errorf("edit article %s: %w", in.ID, err)
		}
		return article, nil
	})
}

// rewrite replaces the article's text, and its slug if the new title asks for
// another one.
func rewrite(ctx context.Context, articles *Articles, article *Article, text RenderedText, editor auth.User, at time.Time) error {
	formerTitle := article.Title
	article.Edit(text, editor, at)
	return articles.AssignSlug(ctx, article, formerTitle)
}
