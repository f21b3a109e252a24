// Package blog lets editors write articles and everyone read them.
//
// Readers find the published articles on the front page (/), each on a page of
// its own (/articles/{slug}) whose old URLs keep working when the title
// changes, and in an Atom feed (/feed.xml). A newly published article appears
// at the top of every open front page without a reload.
//
// Editors work at the desk (/desk). They write drafts in Markdown with a live
// preview, publish, unpublish and delete articles, and see what the other
// editors do as they do it. Two editors can't overwrite each other by accident:
// the one who saves second gets both texts and decides.
//
// # For other features
//
// Handle ArticlePublishedEvent to act on a published article. Fill
// ArticleFooterSlot to add a section to the article page. Use cases are
// function types; ask for them as fields of your Feature or as arguments of a
// constructor:
//
//	article, err := f.PublishArticle(ctx, blog.PublishArticleInput{ID: id, Version: version})
//
// Each use case documents its guarantees and errors. It acts as the user in the
// context, so the desk's use cases need an editor there (auth.WithUser), from
// every caller.
//
// # In the browser
//
// ArticleFeedChannel is public, DeskChannel is for editors. A live region
// fetches their current state after every reconnect, at /?fragment=feed and
// /desk?fragment=activity.
//
// An open article page reports that it is being read, and shows the number of
// readers (ArticleReadersPresence). The pages of the desk report which editor
// has which article open (DeskPresence), so that two editors with the same
// article open are warned before they write.
//
// # Guarantees and limits
//
// PublishArticle saves the article, publishes the event and broadcasts to
// readers in one transaction. Articles are rendered and sanitized when they are
// saved: see Renderer. The slug of a published article never leads to another
// one, as long as the article exists. Texts are limited to MaxTitle, MaxSummary
// and MaxBody.
package blog

import (
	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/respond"
)

// Feature is the blog, assembled by wire. Other features ask for single use
// cases.
type Feature struct {
	ListArticles ListArticles
	ReadArticle  ReadArticle
	MayRead      MayRead

	ListDesk         ListDesk
	ListDeskActivity ListDeskActivity
	ListDeskEditors  ListDeskEditors
	OpenArticle      OpenArticle
	WriteDraft       WriteDraft
	EditArticle      EditArticle
	PreviewArticle   PreviewArticle
	PublishArticle   PublishArticle
	UnpublishArticle UnpublishArticle
	DeleteArticle    DeleteArticle
	SeedArticles     SeedArticles

	Sessions *auth.Sessions
	Respond  *respond.Responder
	Tracker  realtime.Tracker
	BaseURL  feature.BaseURL
	Slots    *feature.Slots

	frontPage pageCache `wire:"-"`
	feed      pageCache `wire:"-"` // the list on the front page, for its live region
}

// Manifest is what the blog adds to the application.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:   "blog",
		Paths:  []string{"/", "/articles", "/desk", "/feed.xml"},
		Routes: f.routes,
		Navigation: []feature.NavItem{
			{Label: "Articles", Path: "/"},
			{Label: "Desk", Path: "/desk", Role: auth.RoleEditor},
		},
		Parts: []feature.Part{
			realtime.Channels{
				ArticleFeedChannel,
				ArticleReadersChannel.Authorize(f.mayReadArticle).Presence(ArticleReadersPresence),
				ArticleReadingChannel.Handle(f.onArticleReading),
				DeskChannel,
				DeskEditorsChannel.Presence(DeskPresence),
				DeskWorkingChannel.Handle(f.onDeskWorking),
				// <gen:realtime-channels>
				// <gen:realtime-handlers>
			},
			events.Events{
				ArticlePublishedEvent,
				// <gen:events>
			},
			// <gen:event-handlers>
			// <gen:jobs>
			// <gen:job-handlers>
		},
		Seed: f.SeedArticles,
	}
}
