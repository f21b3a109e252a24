package blog

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// PublishArticle makes a draft public, after saving the text if there is one.
// It broadcasts the article to readers, and publishes ArticlePublishedEvent for
// other features and the desk, in the same transaction. If several editors
// publish the same draft, one succeeds; a repeated request has no further
// effect.
//
// It fails with fault.NotFound if there is no such article, fault.Conflict if
// it is already published or someone else changed it since the editor saw it,
// fault.Invalid if its body is empty or the text is invalid, and with
// fault.Unauthenticated or fault.Forbidden for anyone but an editor.
type PublishArticle func(ctx context.Context, in PublishArticleInput) (Article, error)

// PublishArticleInput is the article as the editor saw it.
type PublishArticleInput struct {
	ID      string
	Version int
	Text    *Text // unsaved text to publish; nil publishes the stored text
}

// NewPublishArticle creates the use case.
func NewPublishArticle(db *database.DB, articles *Articles, renderer *Renderer, rt realtime.Broadcaster, outbox events.Outbox, now feature.Clock) PublishArticle {
	return observe.UseCase("blog.publish_article", func(ctx context.Context, in PublishArticleInput) (article Article, err error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		text, err := renderUnsaved(renderer, in.Text)
		if err != nil {
			return Article{}, err
		}
		err = db.InTx(ctx, func(ctx context.Context) error {
			article, err = articles.FindVersion(ctx, in.ID, in.Version)
			if err != nil {
				return err
			}
			if text != nil {
				if err := rewrite(ctx, articles, &article, *text, editor, now.Now()); err != nil {
					return err
				}
			}
			if err := article.Publish(editor, now.Now()); err != nil {
				return err
			}
			if err := articles.Save(ctx, &article); err != nil {
				return err
			}
			if err := ArticlePublishedEvent.Publish(ctx, outbox, publishedFrom(article)); err != nil {
				return err
			}
			return ArticleFeedChannel.Broadcast(ctx, rt, feedItem(article))
		})
		if err != nil {
			article, err = feature.AcceptDuplicate(ctx, err, in.ID, articles.Find, func(stored Article) bool {
				return stored.hasChange(ActionPublished, editor, in.Version, text)
			})
		}
		if err != nil {
			return Article{}, fmt.Errorf("publish article %s: %w", in.ID, err)
		}
		return article, nil
	})
}

// renderUnsaved renders the text if there is one.
func renderUnsaved(renderer *Renderer, text *Text) (*RenderedText, error) {
	if text == nil {
		return nil, nil
	}
	rendered, err := renderer.Render(*text)
	return &rendered, err
}
