package blog

import (
	"context"
	"fmt"

	"github.com/gosimple/slug"

	"example.com/pergola/core/observe"
)

// ReadArticle finds the published article that has this slug, or had it before
// its title changed: then Article.Slug is the new one, to redirect to.
//
// It fails with fault.NotFound if there is no such published article.
type ReadArticle func(ctx context.Context, slug string) (Article, error)

// NewReadArticle creates the use case.
func NewReadArticle(articles *Articles, renderer *Renderer) ReadArticle {
	return observe.UseCase("blog.read_article", func(ctx context.Context, name string) (Article, error) {
		if !slug.IsSlug(name) { // a URL can contain anything, even a NUL
			return Article{}, errNoArticle()
		}
		article, err := articles.FindBySlug(ctx, name)
		if err != nil {
			return Article{}, fmt.Errorf("read article: %w", err)
		}
		if article.State != StatePublished {
			return Article{}, errNoArticle()
		}
		if err := renderer.refresh(&article); err != nil {
			return Article{}, err
		}
		return article, nil
	})
}
