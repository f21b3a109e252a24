package blog_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestPublishArticle_notifiesReaders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)

	article := f.publish(t, f.draft(t, "Mulching"))

	want := blog.ArticleFeed{
		ID: article.ID, Title: "Mulching", Summary: "Some words about Mulching.",
		URL: "/articles/mulching", AuthorName: "Ada", PublishedAt: article.PublishedAt,
	}
	if got := realtimetest.Broadcasts(f.rt, blog.ArticleFeedChannel); len(got) != 1 || got[0] != want {
		t.Errorf("readers received\n%+v, want\n%+v", got, want)
	}
	page, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{})
	if err != nil || len(page.Articles) != 1 || page.Articles[0].ID != article.ID {
		t.Errorf("front page shows %+v, %v; want the article", page.Articles, err)
	}
}

func TestPublishArticle_publishesTheEvent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")

	article, err := f.PublishArticle(authtest.As(t, edith), blog.PublishArticleInput{ID: draft.ID, Version: draft.Version})

	want := blog.ArticlePublished{
		ArticleID: article.ID, Version: 2, Title: "Mulching", Summary: "Some words about Mulching.", URL: "/articles/mulching",
		AuthorID: ada.ID, AuthorName: "Ada", PublisherID: edith.ID, PublisherName: "Edith", PublishedAt: article.PublishedAt,
	}
	if got := eventstest.Published(f.outbox, blog.ArticlePublishedEvent); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("published\n%+v, %v; want\n%+v", got, err, want)
	}
}

func TestPublishArticle_notifiesTheDeskThroughTheBridge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")
	before := len(realtimetest.Broadcasts(f.rt, blog.DeskChannel))

	article := f.publish(t, draft)

	if got := len(realtimetest.Broadcasts(f.rt, blog.DeskChannel)); got != before {
		t.Errorf("the desk received %d messages, want only the bridge to send one", got-before)
	}
	published := eventstest.Published(f.outbox, blog.ArticlePublishedEvent)[0]
	current, err := f.ListDeskActivity(authtest.As(t, ada), 1)
	if bridged := blog.ActivityFromPublished(published); err != nil || len(current) != 1 || bridged != current[0] {
		t.Errorf("the bridge sends\n%+v, the current state is\n%+v, %v", bridged, current, err)
	}
	if article.LastChange.Action != blog.ActionPublished {
		t.Errorf("last change is %+v", article.LastChange)
	}
}

// A double click, or a form that arrives twice, is not a conflict.
func TestDesk_ignoresARepeatedRequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")
	text := blog.Text{Title: "Mulch", Body: "Words"}
	twice := func(what string, request func() (blog.Article, error)) {
		t.Helper()
		first, err := request()
		second, errAgain := request()
		if err := errors.Join(err, errAgain); err != nil || first != second {
			t.Fatalf("%s: first\n%+v, then\n%+v, %v; want the same article", what, first, second, err)
		}
	}

	twice("edit", func() (blog.Article, error) {
		return f.EditArticle(authtest.As(t, ada), blog.EditArticleInput{ID: draft.ID, Version: 1, Text: text})
	})
	twice("publish", func() (blog.Article, error) {
		return f.PublishArticle(authtest.As(t, ada), blog.PublishArticleInput{ID: draft.ID, Version: 2, Text: &text})
	})
	twice("unpublish", func() (blog.Article, error) {
		return f.UnpublishArticle(authtest.As(t, ada), blog.UnpublishArticleInput{ID: draft.ID, Version: 3})
	})
	_, byAnother := f.UnpublishArticle(authtest.As(t, edith), blog.UnpublishArticleInput{ID: draft.ID, Version: 3})

	faulttest.Want(t, byAnother, fault.Conflict)
	if sent := realtimetest.Broadcasts(f.rt, blog.ArticleFeedChannel); len(sent) != 1 {
		t.Errorf("readers received %d messages, want one", len(sent))
	}
	if stored, err := f.OpenArticle(authtest.As(t, ada), draft.ID); err != nil || stored.Version != 4 {
		t.Errorf("stored version is %d, %v; want 4", stored.Version, err)
	}
}

func TestPublishArticle_acceptsOneOfManyConcurrentRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")

	succeeded := concurrently(t, 6, func(n int) error {
		editor := ada
		editor.ID = fmt.Sprintf("0190a000-0000-7000-8000-%012d", n)
		_, err := f.PublishArticle(authtest.As(t, editor), blog.PublishArticleInput{ID: draft.ID, Version: draft.Version})
		return err
	})

	sent := realtimetest.Broadcasts(f.rt, blog.ArticleFeedChannel)
	published := eventstest.Published(f.outbox, blog.ArticlePublishedEvent)
	if succeeded != 1 || len(sent) != 1 || len(published) != 1 {
		t.Errorf("%d succeeded, readers received %d messages, %d events; want one of each", succeeded, len(sent), len(published))
	}
}

func TestPublishArticle_savesUnsavedText(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")

	article, err := f.PublishArticle(authtest.As(t, ada), blog.PublishArticleInput{
		ID: draft.ID, Version: draft.Version, Text: &blog.Text{Title: "Mulch", Body: "Better words"},
	})

	if err != nil || article.Slug != "mulch" || article.Body != "Better words" || article.Version != 2 || article.State != blog.StatePublished {
		t.Errorf("published %+v, %v", article, err)
	}
	if _, err := f.ReadArticle(authtest.As(t, visitor), "mulching"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the former slug of a draft still works: %v", err)
	}
}

func TestPublishArticle_rejects(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	empty, err := f.WriteDraft(authtest.As(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: "Empty"}})
	if err != nil {
		t.Fatal(err)
	}
	public := f.publish(t, f.draft(t, "Public"))
	stale := f.draft(t, "Stale")
	f.retitle(t, stale, "Fresh")
	before := len(f.outbox.Messages())

	for name, test := range map[string]struct {
		in   blog.PublishArticleInput
		want fault.Kind
	}{
		"empty body":   {blog.PublishArticleInput{ID: empty.ID, Version: 1}, fault.Invalid},
		"published":    {blog.PublishArticleInput{ID: public.ID, Version: public.Version}, fault.Conflict},
		"stale":        {blog.PublishArticleInput{ID: stale.ID, Version: stale.Version}, fault.Conflict},
		"missing":      {blog.PublishArticleInput{ID: ada.ID, Version: 1}, fault.NotFound},
		"invalid text": {blog.PublishArticleInput{ID: empty.ID, Version: 1, Text: &blog.Text{Body: "no title"}}, fault.Invalid},
	} {
		_, err := f.PublishArticle(authtest.As(t, ada), test.in)

		if fault.KindOf(err) != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	if got := len(f.outbox.Messages()); got != before {
		t.Errorf("%d events of rejected requests", got-before)
	}
}

func TestPublishArticle_rollsBackIfAnyPartFails(t *testing.T) {
	t.Parallel()
	working := newFixture(t)
	for name, broken := range map[string]struct {
		rt     brokenBroadcaster
		outbox brokenOutbox
	}{
		"outbox":      {outbox: brokenOutbox{err: errBroken}},
		"broadcaster": {rt: brokenBroadcaster{err: errBroken}},
	} {
		rt, outbox := realtimetest.NewRecorder(), eventstest.NewRecorder()
		draft := working.draft(t, "Mulching")
		broken.rt.Recorder, broken.outbox.Recorder = rt, outbox
		f := newFixtureWith(working.db, broken.rt, broken.outbox)

		_, err := f.PublishArticle(authtest.As(t, ada), blog.PublishArticleInput{ID: draft.ID, Version: draft.Version})

		if !errors.Is(err, errBroken) {
			t.Errorf("with a broken %s: got %v", name, err)
		}
		if stored, err := f.OpenArticle(authtest.As(t, ada), draft.ID); err != nil || stored != draft {
			t.Errorf("with a broken %s: stored is %+v, %v; want the draft", name, stored, err)
		}
		if len(rt.Messages()) != 0 || len(outbox.Messages()) != 0 {
			t.Errorf("with a broken %s: sent %v and published %v, want neither", name, rt.Messages(), outbox.Messages())
		}
	}
}

var errBroken = errors.New("broken")

// brokenBroadcaster and brokenOutbox fail with err, unless it is nil.
type brokenBroadcaster struct {
	*realtimetest.Recorder
	err error
}

func (b brokenBroadcaster) Broadcast(ctx context.Context, message realtime.Message) error {
	if b.err != nil {
		return b.err
	}
	return b.Recorder.Broadcast(ctx, message)
}

type brokenOutbox struct {
	*eventstest.Recorder
	err error
}

func (b brokenOutbox) Insert(ctx context.Context, message events.Message) error {
	if b.err != nil {
		return b.err
	}
	return b.Recorder.Insert(ctx, message)
}
