package blog

import (
	"time"

	"example.com/pergola/core/events"
)

// ArticlePublishedEvent is published each time an article is published, in the
// same transaction. Rows carry this name: never change it.
var ArticlePublishedEvent = events.Define[ArticlePublished]("blog.article.published")

// ArticlePublished is an article at the moment it was published.
type ArticlePublished struct {
	ArticleID     string    `json:"articleId" validate:"required,uuid"`
	Version       int       `json:"version" validate:"min=1"`
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

// ActivityFromPublished converts the event for the desk, in the bridge's
// allow-list.
func ActivityFromPublished(published ArticlePublished) DeskActivity {
	return activityOf(published.ArticleID, published.Version, published.Title, Change{
		Action: ActionPublished,
		ByID:   published.PublisherID,
		ByName: published.PublisherName,
		At:     published.PublishedAt,
	})
}
