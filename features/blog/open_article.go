package blog

import (
	"context"
	"fmt"

	"example.com/pergola/core/observe"
)

// OpenArticle takes an article to the desk, to be worked on.
//
// It fails with fault.NotFound if there is no such article, and with
// fault.Unauthenticated or fault.Forbidden if no editor asks.
type OpenArticle func(ctx context.Context, id string) (Article, error)

// NewOpenArticle makes the use case.
func NewOpenArticle(articles Articles) OpenArticle {
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
