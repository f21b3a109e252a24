package notifications

import (
	"context"

	"example.com/pergola/features/blog" // <with:blog/>
)

// What this feature does when something happened, here or in another feature:
// one unexported method of Feature for each event, listed in the Manifest with
// events.Handle.

// <with:blog>

// onArticlePublished tells every reader who wants to know, but not the author.
// An article that was withdrawn and is published again is no news.
func (f *Feature) onArticlePublished(ctx context.Context, published blog.ArticlePublished) error {
	return f.deps.NotifyReaders(ctx, NotifyReadersInput{
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

// </with:blog>

// onAnnouncementSent puts an announcement into everybody's inbox, its sender's
// too, who sees what everybody sees.
func (f *Feature) onAnnouncementSent(ctx context.Context, sent AnnouncementSent) error {
	return f.deps.NotifyReaders(ctx, NotifyReadersInput{Notice: noticeOf(sent)})
}

func noticeOf(sent AnnouncementSent) Notice {
	return Notice{
		Kind:      KindAnnouncement,
		SourceID:  sent.AnnouncementID,
		Title:     sent.Title,
		Text:      sent.Text,
		ActorName: sent.SenderName,
		At:        sent.SentAt,
	}
}
