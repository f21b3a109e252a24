package blog

import (
	"time"

	"example.com/pergola/core/events"
)

// ArticlePublishedEvent is published each time an article becomes public, in
// the transaction that makes it so. Rows carry this name: never change it.
var ArticlePublishedEvent = events.Define[ArticlePublished]("blog.article.published")

// ArticlePublished says which article became public, and through whom.
type ArticlePublished struct {
	ArticleID     string    `json:"articleId" validate:"required,uuid"`
	Version       int       `json:"version" validate:"min=1"` // of the article, as it was published
	Title         string    `json:"title" validate:"required,max=200"`
	Summary       string    `json:"summary" validate:"max=500"`
	URL           string    `json:"url" validate:"required,startswith=/articles/"`
	AuthorID      string    `json:"authorId" validate:"required,uuid"`
	AuthorName    string    `json:"authorName"`
	PublisherID   string    `json:"publisherId" validate:"required,uuid"`
	PublisherName string    `json:"publisherName"`
	PublishedAt   time.Time `json:"publishedAt" validate:"required"`
}

func publishedFrom(article Article) ArticlePublished {
	return ArticlePublished{
		ArticleID:     article.ID,
		Version:       article.Version,
		Title:         article.Title,
		Summary:       article.Excerpt,
		URL:           article.URL(),
		AuthorID:      article.AuthorID,
		AuthorName:    article.AuthorName,
		PublisherID:   article.LastChange.ByID,
		PublisherName: article.LastChange.ByName,
		PublishedAt:   article.PublishedAt,
	}
}

// ActivityFromPublished is what the desk is told of a publication, for the
// bridge's allow-list.
func ActivityFromPublished(published ArticlePublished) DeskActivity {
	return activityOf(published.ArticleID, published.Version, published.Title, Change{
		Action: ActionPublished,
		ByID:   published.PublisherID,
		ByName: published.PublisherName,
		At:     published.PublishedAt,
	})
}
