package blog

import (
	"context"

	"example.com/pergola/core/observe"
)

// ArticlesPerPage is how many articles the front page shows at once.
const ArticlesPerPage = 20

// ListArticles shows readers what is public, last published first, a page at a
// time. It costs one query.
//
// It fails with fault.Invalid if After was not made by ListArticles.
type ListArticles func(ctx context.Context, in ListArticlesInput) (ArticlePage, error)

// ListArticlesInput says where the page begins.
type ListArticlesInput struct {
	After string // ArticlePage.Next of the page before; "" for the first page
}

// ArticlePage is one page of the reading list.
type ArticlePage struct {
	Articles []Teaser
	Next     string // where the next page begins; "" if this is the last
}

// NewListArticles makes the use case.
func NewListArticles(articles Articles) ListArticles {
	return observe.UseCase("blog.list_articles", func(ctx context.Context, in ListArticlesInput) (ArticlePage, error) {
		after, err := ParseCursor(in.After)
		if err != nil {
			return ArticlePage{}, err
		}
		found, err := articles.ListPublished(ctx, after, ArticlesPerPage+1) // one more, to know whether there is a next page
		if err != nil {
			return ArticlePage{}, err
		}
		page := ArticlePage{Articles: found}
		if len(found) > ArticlesPerPage {
			page.Articles = found[:ArticlesPerPage]
			last := page.Articles[ArticlesPerPage-1]
			page.Next = Cursor{At: last.PublishedAt, ID: last.ID}.String()
		}
		return page, nil
	})
}
