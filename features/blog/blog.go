// Package blog is where editors write and everybody reads.
//
// Readers find the public articles on the front page (/), each at an address
// of its own (/articles/{slug}) that goes on working when the title is
// changed, and all of them in a feed (/feed.xml). An article that is published
// appears at the top of every open front page without a reload.
//
// Editors work at the desk (/desk): they write drafts in Markdown, see what
// readers will see, publish, withdraw and delete, and see what the others do
// as they do it. Two editors cannot overwrite each other unawares: who saves
// over words they have not seen gets both texts, and decides.
//
// # For other features
//
// Listen to ArticlePublishedEvent to do something when an article becomes
// public. The use cases are function types to ask for in a Deps struct:
//
//	article, err := deps.PublishArticle(ctx, blog.PublishArticleInput{ID: id, Version: version})
//
// Each says in its file what it promises and how it fails. The user in the
// context is the one who does it, so the desk's use cases ask for an editor
// there (auth.WithUser), whoever calls.
//
// # In the browser
//
// ArticleFeedChannel is public, DeskChannel is for editors. Their present
// state, which a live region asks for after every reconnect, is answered at
// /?fragment=feed and /desk?fragment=activity.
//
// An open article says that it is being read, and shows by how many
// (ArticleReadersPresence). The pages of the desk say which editor is here with
// which article open (DeskPresence), so that two who have opened the same one
// are warned before they have written anything.
//
// # Promises and limits
//
// What is published is stored, announced to other features and shown to
// readers together or not at all. Articles are rendered when they are written,
// and sanitised: see Composer. A slug never comes to mean another article
// while its article exists. Texts have the sizes MaxTitle, MaxSummary and
// MaxBody.
package blog

import (
	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/respond"
)

// Deps is what the feature is made of.
type Deps struct {
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
}

// Feature is the blog, ready to be listed by its Manifest.
type Feature struct {
	deps      Deps
	frontPage renderedFeed
	feed      renderedFeed // the list on it, for pages that refresh it
}

// New makes the feature.
func New(deps Deps) *Feature { return &Feature{deps: deps} }

// Manifest is what the blog brings to the application.
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
				ArticleFeedChannel, ArticleReadersChannel, ArticleReadingChannel, DeskChannel, DeskEditorsChannel, DeskWorkingChannel,
				// <gen:realtime-channels>
				// <gen:realtime-handlers>
			},
			realtime.Handlers{
				realtime.Handle(ArticleReadingChannel, f.onArticleReading),
				realtime.Handle(DeskWorkingChannel, f.onDeskWorking),
			},
			realtime.Authorizers{
				realtime.Authorize(ArticleReadersChannel, f.mayHearReaders),
			},
			realtime.Presences{ArticleReadersPresence, DeskPresence},
			events.Events{
				ArticlePublishedEvent,
				// <gen:events>
			},
			// <gen:event-handlers>
			// <gen:jobs>
			// <gen:job-handlers>
		},
		Seed: f.deps.SeedArticles,
	}
}
