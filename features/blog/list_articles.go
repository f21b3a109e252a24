package blog

import (
	"context"

	"example.com/pergola/core/observe"
	"example.com/pergola/core/pagination"
)

// ArticlesPerPage is the number of articles on the front page.
const ArticlesPerPage = 20

// ListArticles lists the published articles, newest first, one page at a time.
// It costs one query.
//
// It fails with fault.Invalid if After doesn't come from ListArticles.
type ListArticles func(ctx context.Context, in ListArticlesInput) (ArticlePage, error)

// ListArticlesInput is where the page begins.
type ListArticlesInput struct {
	After string // ArticlePage.Next of the previous page; "" for the first page
}

// ArticlePage is one page of the list.
type ArticlePage struct {
	Articles []Teaser
	Next     string // where the next page begins; "" on the last page
}

// NewListArticles creates the use case.
func NewListArticles(articles *Articles) ListArticles {
	return observe.UseCase("blog.list_articles", func(ctx context.Context, in ListArticlesInput) (page ArticlePage, err error) {
		after, err := pagination.ParseCursor(in.After)
		if err != nil {
			return ArticlePage{}, err
		}
		found, err := articles.ListPublished(ctx, after, ArticlesPerPage+1)
		if err != nil {
			return ArticlePage{}, err
		}
		page.Articles, page.Next = pagination.Cut(found, ArticlesPerPage, Teaser.cursor)
		return page, nil
	})
}
