package blog

import (
	"context"
	"fmt"

	"github.com/gosimple/slug"

	"example.com/pergola/core/observe"
)

// ReadArticle finds the public article that has this slug, or had it before
// its title was changed: then Article.Slug is another, and the reader is sent
// there.
//
// It fails with fault.NotFound if there is none, or none that is public.
type ReadArticle func(ctx context.Context, slug string) (Article, error)

// NewReadArticle makes the use case.
func NewReadArticle(articles Articles, composer *Composer) ReadArticle {
	return observe.UseCase("blog.read_article", func(ctx context.Context, name string) (Article, error) {
		if !slug.IsSlug(name) { // an address holds anything, a NUL too
			return Article{}, errNoArticle()
		}
		article, err := articles.FindBySlug(ctx, name)
		if err != nil {
			return Article{}, fmt.Errorf("read article: %w", err)
		}
		if article.State != StatePublished {
			return Article{}, errNoArticle()
		}
		if err := composer.refresh(&article); err != nil {
			return Article{}, err
		}
		return article, nil
	})
}
