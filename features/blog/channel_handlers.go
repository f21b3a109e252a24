package blog

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// onArticleReading counts the page among the article's readers. mayReadArticle
// decides whether it may be counted.
func (f *Feature) onArticleReading(ctx context.Context, reading ArticleReading, caller realtime.Caller) error {
	return ArticleReadersPresence.For(reading.ArticleID).Track(ctx, f.Tracker, caller, reading)
}

// onDeskWorking tracks that the editor is at the desk, with this article open.
func (f *Feature) onDeskWorking(ctx context.Context, working DeskWorking, caller realtime.Caller) error {
	var open OpenedArticle
	if working.ArticleID != "" {
		article, err := f.OpenArticle(withCaller(ctx, caller), working.ArticleID)
		if err != nil {
			return err
		}
		open = OpenedArticle{ArticleID: article.ID, Title: article.Title, URL: editURL(article.ID)}
	}
	return DeskPresence.Track(ctx, f.Tracker, caller, open)
}

// mayReadArticle authorizes those who may read the article.
func (f *Feature) mayReadArticle(ctx context.Context, caller realtime.Caller) error {
	return f.MayRead(withCaller(ctx, caller), caller.Param("articleId"))
}

// withCaller returns a context in which use cases find the caller as the
// current user.
func withCaller(ctx context.Context, caller realtime.Caller) context.Context {
	return auth.WithUser(ctx, auth.User{ID: caller.UserID, Name: caller.Name, Roles: caller.Roles})
}
