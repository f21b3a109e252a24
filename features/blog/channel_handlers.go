package blog

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// What browsers say on this feature's channels is heard here: one unexported
// method of Feature for each channel, listed in the Manifest with
// realtime.Handle. Nobody speaks on the feed or to the desk.

// onArticleReading counts the page among the article's readers. That it may be
// there is decided by mayHearReaders.
func (f *Feature) onArticleReading(ctx context.Context, reading ArticleReading, caller realtime.Caller) error {
	return ArticleReadersPresence.For(reading.ArticleID).Track(ctx, f.deps.Tracker, caller, reading)
}

// onDeskWorking notes that the editor is at the desk, with this article open.
func (f *Feature) onDeskWorking(ctx context.Context, working DeskWorking, caller realtime.Caller) error {
	var open OpenWork
	if working.ArticleID != "" {
		article, err := f.deps.OpenArticle(withCaller(ctx, caller), working.ArticleID)
		if err != nil {
			return err
		}
		open = OpenWork{ArticleID: article.ID, Title: article.Title, URL: editURL(article.ID)}
	}
	return DeskPresence.Track(ctx, f.deps.Tracker, caller, open)
}

// mayHearReaders lets whoever may read an article hear how many do, and be one
// of them.
func (f *Feature) mayHearReaders(ctx context.Context, caller realtime.Caller) error {
	return f.deps.MayRead(withCaller(ctx, caller), caller.Param("articleId"))
}

// withCaller says to use cases who is asking.
func withCaller(ctx context.Context, caller realtime.Caller) context.Context {
	return auth.WithUser(ctx, auth.User{ID: caller.UserID, Name: caller.Name, Roles: caller.Roles})
}
