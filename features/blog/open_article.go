package blog

import (
	"context"
	"fmt"

	"example.com/pergola/core/observe"
)

// OpenArticle returns an article for editing.
//
// It fails with fault.NotFound if there is no such article, and with
// fault.Unauthenticated or fault.Forbidden for anyone but an editor.
type OpenArticle func(ctx context.Context, id string) (Article, error)

// NewOpenArticle creates the use case.
func NewOpenArticle(articles *Articles) OpenArticle {
	return observe.UseCase("blog.open_article", func(ctx context.Context, id string) (Article, error) {
		if _, err := currentEditor(ctx); err != nil {
			return Article{}, err
		}
		article, err := articles.Find(ctx, id)
		if err != nil {
			return Article{}, fmt.Errorf("open article: %w", err)
		}
		return article, nil
	})
}
