package notifications

import (
	"context"

	"example.com/pergola/features/blog"
)

// onArticlePublished notifies every reader who wants new articles, except the
// author. An article that is unpublished and published again notifies no one a
// second time.
func (f *Feature) onArticlePublished(ctx context.Context, published blog.ArticlePublished) error {
	return f.NotifyReaders(ctx, NotifyReadersInput{
		Notice: Notice{
			Kind:      KindArticle,
			SourceID:  published.ArticleID,
			Title:     published.Title,
			Text:      published.Summary,
			URL:       published.URL,
			ActorName: published.AuthorName,
			At:        published.PublishedAt,
		},
		ExceptID: published.AuthorID,
	})
}

// onAnnouncementSent notifies everyone, including the sender.
func (f *Feature) onAnnouncementSent(ctx context.Context, sent AnnouncementSent) error {
	return f.NotifyReaders(ctx, NotifyReadersInput{Notice: announcementNotice(sent)})
}

func announcementNotice(sent AnnouncementSent) Notice {
	return Notice{
		Kind:      KindAnnouncement,
		SourceID:  sent.AnnouncementID,
		Title:     sent.Title,
		Text:      sent.Text,
		ActorName: sent.SenderName,
		At:        sent.SentAt,
	}
}
