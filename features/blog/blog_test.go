package blog_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
	"example.com/pergola/migrations"
)

// The people of these tests.
var (
	ada    = auth.User{ID: "01900000-0000-7000-8000-00000000000a", Email: "ada@example.com", Name: "Ada", Roles: []string{auth.RoleReader, auth.RoleEditor}}
	edith  = auth.User{ID: "01900000-0000-7000-8000-00000000000e", Email: "edith@example.com", Name: "Edith", Roles: []string{auth.RoleEditor}}
	grace  = auth.User{ID: "01900000-0000-7000-8000-00000000000b", Email: "grace@example.com", Name: "Grace", Roles: []string{auth.RoleReader}}
	nobody = auth.User{}
)

// storage is one of the places where articles may be kept.
type storage struct {
	articles blog.Articles
	tx       database.Transactor
}

func inMemory(testing.TB) storage {
	mem := database.NewMemory()
	return storage{articles: blog.NewMemoryArticles(mem), tx: mem}
}

func onPostgres(t testing.TB) storage {
	db := databasetest.New(t, migrations.FS)
	return storage{articles: blog.NewPostgresArticles(db), tx: db}
}

// onEachStorage runs a test on every implementation of blog.Articles.
func onEachStorage(t *testing.T, test func(*testing.T, storage)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) storage{"memory": inMemory, "postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// desk is the feature's use cases over one storage, with recorders at the
// edges.
type desk struct {
	storage
	blog.Deps
	clock    *clock
	composer *blog.Composer
	rt       *realtimetest.Recorder
	outbox   *eventstest.Recorder
}

// hub is the realtime edge: the application's or a recorder.
type hub interface {
	realtime.Broadcaster
	realtime.Tracker
}

func newDesk(s storage) *desk {
	rt, outbox := realtimetest.NewRecorder(), eventstest.NewRecorder()
	d := newDeskWith(s, rt, outbox)
	d.rt, d.outbox = rt, outbox
	return d
}

// newDeskWith makes a desk with edges of the test's own.
func newDeskWith(s storage, rt hub, outbox events.Outbox) *desk {
	clock := &clock{at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	composer := blog.NewComposer()
	return &desk{
		storage:  s,
		clock:    clock,
		composer: composer,
		Deps:     newDeps(s, rt, outbox, composer, clock.now),
	}
}

func newDeps(s storage, rt hub, outbox events.Outbox, composer *blog.Composer, now feature.Clock) blog.Deps {
	return blog.Deps{
		ListArticles:     blog.NewListArticles(s.articles),
		ReadArticle:      blog.NewReadArticle(s.articles, composer),
		MayRead:          blog.NewMayRead(s.articles),
		ListDesk:         blog.NewListDesk(s.articles),
		ListDeskActivity: blog.NewListDeskActivity(s.articles),
		ListDeskEditors:  blog.NewListDeskEditors(rt),
		OpenArticle:      blog.NewOpenArticle(s.articles),
		WriteDraft:       blog.NewWriteDraft(s.articles, s.tx, rt, composer, now),
		EditArticle:      blog.NewEditArticle(s.articles, s.tx, rt, composer, now),
		PreviewArticle:   blog.NewPreviewArticle(composer, now),
		PublishArticle:   blog.NewPublishArticle(s.articles, s.tx, rt, outbox, composer, now),
		UnpublishArticle: blog.NewUnpublishArticle(s.articles, s.tx, rt, now),
		DeleteArticle:    blog.NewDeleteArticle(s.articles, s.tx, rt, now),
		SeedArticles:     func(context.Context) error { return nil },
		Tracker:          rt,
	}
}

// draft writes a draft as Ada.
func (d *desk) draft(t testing.TB, title string) blog.Article {
	t.Helper()
	article, err := d.WriteDraft(as(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: title, Body: "Some words about " + title + "."}})
	if err != nil {
		t.Fatalf("write draft %q: %v", title, err)
	}
	return article
}

// publish publishes an article as Ada.
func (d *desk) publish(t testing.TB, article blog.Article) blog.Article {
	t.Helper()
	published, err := d.PublishArticle(as(t, ada), blog.PublishArticleInput{ID: article.ID, Version: article.Version})
	if err != nil {
		t.Fatalf("publish %q: %v", article.Title, err)
	}
	return published
}

// retitle gives an article another title as Ada.
func (d *desk) retitle(t testing.TB, article blog.Article, title string) blog.Article {
	t.Helper()
	edited, err := d.EditArticle(as(t, ada), blog.EditArticleInput{
		ID: article.ID, Version: article.Version, Text: blog.Text{Title: title, Body: article.Body},
	})
	if err != nil {
		t.Fatalf("retitle %q to %q: %v", article.Title, title, err)
	}
	return edited
}

// as is the context of a request of this user.
func as(t testing.TB, user auth.User) context.Context { return auth.WithUser(t.Context(), user) }

// clock goes on by a second with every look at it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Second)
	return c.at
}

func wantFault(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != kind {
		t.Errorf("error is of kind %q, want %q: %v", got, kind, err)
	}
}
