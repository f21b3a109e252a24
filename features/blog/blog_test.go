package blog_test

import (
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature/featuretest"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
	"example.com/pergola/migrations"
)

// Test users. Ada and Edith are editors.
var (
	ada     = authtest.Ada
	edith   = auth.User{ID: "01900000-0000-7000-8000-00000000000e", Email: "edith@example.com", Name: "Edith", Roles: []string{auth.RoleEditor}}
	grace   = authtest.Grace
	visitor = authtest.Visitor
)

// fixture is the blog on a database of its own.
type fixture struct {
	*blog.Feature
	db       *database.DB
	articles *blog.Articles
	renderer *blog.Renderer
	clock    *featuretest.Clock
	rt       *realtimetest.Recorder
	outbox   *eventstest.Recorder
}

// hub is the application's realtime hub or a recorder.
type hub interface {
	realtime.Broadcaster
	realtime.Tracker
}

// newFixture returns the blog with recorders for what it sends.
func newFixture(t testing.TB) *fixture {
	t.Helper()
	rt, outbox := realtimetest.NewRecorder(), eventstest.NewRecorder()
	f := newFixtureWith(databasetest.New(t, migrations.FS), rt, outbox)
	f.rt, f.outbox = rt, outbox
	return f
}

func newFixtureWith(db *database.DB, rt hub, outbox events.Outbox) *fixture {
	articles, renderer := blog.NewArticles(db), blog.NewRenderer()
	clock := featuretest.NewClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	return &fixture{
		db:       db,
		articles: articles,
		renderer: renderer,
		clock:    clock,
		Feature: &blog.Feature{
			ListArticles:     blog.NewListArticles(articles),
			ReadArticle:      blog.NewReadArticle(articles, renderer),
			MayRead:          blog.NewMayRead(articles),
			ListDesk:         blog.NewListDesk(articles),
			ListDeskActivity: blog.NewListDeskActivity(articles),
			ListDeskEditors:  blog.NewListDeskEditors(rt),
			OpenArticle:      blog.NewOpenArticle(articles),
			WriteDraft:       blog.NewWriteDraft(db, articles, renderer, rt, clock.Now),
			EditArticle:      blog.NewEditArticle(db, articles, renderer, rt, clock.Now),
			PreviewArticle:   blog.NewPreviewArticle(renderer, clock.Now),
			PublishArticle:   blog.NewPublishArticle(db, articles, renderer, rt, outbox, clock.Now),
			UnpublishArticle: blog.NewUnpublishArticle(db, articles, rt, clock.Now),
			DeleteArticle:    blog.NewDeleteArticle(db, articles, rt, clock.Now),
			Tracker:          rt,
		},
	}
}

// draft writes a draft as Ada.
func (f *fixture) draft(t testing.TB, title string) blog.Article {
	t.Helper()
	article, err := f.WriteDraft(authtest.As(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: title, Body: "Some words about " + title + "."}})
	if err != nil {
		t.Fatalf("write draft %q: %v", title, err)
	}
	return article
}

// publish publishes an article as Ada.
func (f *fixture) publish(t testing.TB, article blog.Article) blog.Article {
	t.Helper()
	published, err := f.PublishArticle(authtest.As(t, ada), blog.PublishArticleInput{ID: article.ID, Version: article.Version})
	if err != nil {
		t.Fatalf("publish %q: %v", article.Title, err)
	}
	return published
}

// retitle changes the title of an article as Ada.
func (f *fixture) retitle(t testing.TB, article blog.Article, title string) blog.Article {
	t.Helper()
	edited, err := f.EditArticle(authtest.As(t, ada), blog.EditArticleInput{
		ID: article.ID, Version: article.Version, Text: blog.Text{Title: title, Body: article.Body},
	})
	if err != nil {
		t.Fatalf("retitle %q to %q: %v", article.Title, title, err)
	}
	return edited
}
