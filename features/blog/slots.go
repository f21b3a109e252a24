package blog

import "example.com/pergola/core/feature"

// ArticleFooterSlot is at the end of an article's page. Other features fill it
// with a section:
//
//	feature.Fill(blog.ArticleFooterSlot, f.articleComments)
var ArticleFooterSlot = feature.DefineSlot[ArticleRef]("blog.article.footer")

// ArticleRef is the published article that the page shows.
type ArticleRef struct {
	ID    string
	Title string
	URL   string
}
