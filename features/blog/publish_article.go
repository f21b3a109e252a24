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

// PublishArticle makes a draft public, with its last words if it is given any,
// and tells everybody: readers of the feed at once, other features and the
// desk through ArticlePublishedEvent. All of it happens or nothing does; of
// several editors who publish the same draft, one succeeds, and an editor who
// does it twice does it once.
//
// It fails with fault.NotFound if there is no such article, fault.Conflict if
// it is public already or somebody else changed it since the editor saw it,
// fault.Invalid if it has no words or the text breaks a rule, and with
// fault.Unauthenticated or fault.Forbidden if no editor asks.
type PublishArticle func(ctx context.Context, in PublishArticleInput) (Article, error)

// PublishArticleInput is the article as the editor saw it.
type PublishArticleInput struct {
	ID      string
	Version int
	Text    *Text // what the editor wrote and did not save; nil publishes what is stored
}

// NewPublishArticle makes the use case.
func NewPublishArticle(articles Articles, tx database.Transactor, rt realtime.Broadcaster, outbox events.Outbox, composer *Composer, now feature.Clock) PublishArticle {
	return observe.UseCase("blog.publish_article", func(ctx context.Context, in PublishArticleInput) (article Article, err error) {
		editor, err := currentEditor(ctx)
		if err != nil {
			return Article{}, err
		}
		words, err := lastWords(composer, in.Text)
		if err != nil {
			return Article{}, err
		}
		err = tx.InTx(ctx, func(ctx context.Context) error {
			article, err = findSeen(ctx, articles, in.ID, in.Version)
			if err != nil {
				return err
			}
			if words != nil {
				if err := rewrite(ctx, articles, &article, *words, editor, storedTime(now)); err != nil {
					return err
				}
			}
			if err := article.Publish(editor, storedTime(now)); err != nil {
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
			article, err = unlessHad(ctx, articles, in.ID, err, func(a Article) bool { return a.hasHad(ActionPublished, editor, in.Version, words) })
		}
		if err != nil {
			return Article{}, fmt.Errorf("publish article %s: %w", in.ID, err)
		}
		return article, nil
	})
}

// lastWords composes what the editor wrote and did not save, if anything.
func lastWords(composer *Composer, text *Text) (*Composed, error) {
	if text == nil {
		return nil, nil
	}
	composed, err := composer.Compose(*text)
	return &composed, err
}
