package blog_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestPublishArticle_tellsReaders(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)

		article := d.publish(t, d.draft(t, "Mulching"))

		want := blog.ArticleFeed{
			ID: article.ID, Title: "Mulching", Summary: "Some words about Mulching.",
			URL: "/articles/mulching", AuthorName: "Ada", PublishedAt: article.PublishedAt,
		}
		if got := realtimetest.Broadcasts(d.rt, blog.ArticleFeedChannel); len(got) != 1 || got[0] != want {
			t.Errorf("readers were told\n%+v, want\n%+v", got, want)
		}
		page, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{})
		if err != nil || len(page.Articles) != 1 || page.Articles[0].ID != article.ID {
			t.Errorf("the front page shows %+v, %v", page.Articles, err)
		}
	})
}

func TestPublishArticle_publishesTheEvent(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		draft := d.draft(t, "Mulching")

		article, err := d.PublishArticle(as(t, edith), blog.PublishArticleInput{ID: draft.ID, Version: draft.Version})

		want := blog.ArticlePublished{
			ArticleID: article.ID, Version: 2, Title: "Mulching", Summary: "Some words about Mulching.", URL: "/articles/mulching",
			AuthorID: ada.ID, AuthorName: "Ada", PublisherID: edith.ID, PublisherName: "Edith", PublishedAt: article.PublishedAt,
		}
		if got := eventstest.Published(d.outbox, blog.ArticlePublishedEvent); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("published\n%+v, %v; want\n%+v", got, err, want)
		}
	})
}

func TestPublishArticle_leavesTheDeskToTheBridge(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	draft := d.draft(t, "Mulching")
	before := len(realtimetest.Broadcasts(d.rt, blog.DeskChannel))

	article := d.publish(t, draft)

	if got := len(realtimetest.Broadcasts(d.rt, blog.DeskChannel)); got != before {
		t.Errorf("the desk was told %d times, want it told by the bridge alone", got-before)
	}
	published := eventstest.Published(d.outbox, blog.ArticlePublishedEvent)[0]
	present, err := d.ListDeskActivity(as(t, ada), 1)
	if bridged := blog.ActivityFromPublished(published); err != nil || len(present) != 1 || bridged != present[0] {
		t.Errorf("the bridge tells\n%+v, the present state is\n%+v, %v", bridged, present, err)
	}
	if article.LastChange.Action != blog.ActionPublished {
		t.Errorf("the last change is %+v", article.LastChange)
	}
}

// A button that is pressed twice, or a form that arrives twice, does once what
// it says, and nobody is told of a conflict with themselves.
func TestDesk_doesOnceWhatAnEditorAsksForTwice(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		draft := d.draft(t, "Mulching")
		text := blog.Text{Title: "Mulch", Body: "Words"}
		twice := func(what string, ask func() (blog.Article, error)) {
			t.Helper()
			first, err := ask()
			second, errAgain := ask()
			if err := errors.Join(err, errAgain); err != nil || first != second {
				t.Fatalf("%s: first\n%+v, then\n%+v, %v; want the same", what, first, second, err)
			}
		}

		twice("edit", func() (blog.Article, error) {
			return d.EditArticle(as(t, ada), blog.EditArticleInput{ID: draft.ID, Version: 1, Text: text})
		})
		twice("publish", func() (blog.Article, error) {
			return d.PublishArticle(as(t, ada), blog.PublishArticleInput{ID: draft.ID, Version: 2, Text: &text})
		})
		twice("unpublish", func() (blog.Article, error) {
			return d.UnpublishArticle(as(t, ada), blog.UnpublishArticleInput{ID: draft.ID, Version: 3})
		})
		_, byAnother := d.UnpublishArticle(as(t, edith), blog.UnpublishArticleInput{ID: draft.ID, Version: 3})

		wantFault(t, byAnother, fault.Conflict)
		if told := realtimetest.Broadcasts(d.rt, blog.ArticleFeedChannel); len(told) != 1 {
			t.Errorf("readers were told %d times, want once", len(told))
		}
		if stored, err := d.OpenArticle(as(t, ada), draft.ID); err != nil || stored.Version != 4 {
			t.Errorf("version %d is stored, %v; want 4", stored.Version, err)
		}
	})
}

func TestPublishArticle_letsOneOfManyAtOnceWin(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		draft := d.draft(t, "Mulching")

		won := atOnce(t, 6, func(n int) error {
			editor := ada
			editor.ID = fmt.Sprintf("0190a000-0000-7000-8000-%012d", n)
			_, err := d.PublishArticle(as(t, editor), blog.PublishArticleInput{ID: draft.ID, Version: draft.Version})
			return err
		})

		told := realtimetest.Broadcasts(d.rt, blog.ArticleFeedChannel)
		published := eventstest.Published(d.outbox, blog.ArticlePublishedEvent)
		if won != 1 || len(told) != 1 || len(published) != 1 {
			t.Errorf("%d succeeded, readers were told %d times, %d events; want one of each", won, len(told), len(published))
		}
	})
}

func TestPublishArticle_takesLastWordsAlong(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		draft := d.draft(t, "Mulching")

		article, err := d.PublishArticle(as(t, ada), blog.PublishArticleInput{
			ID: draft.ID, Version: draft.Version, Text: &blog.Text{Title: "Mulch", Body: "Better words"},
		})

		if err != nil || article.Slug != "mulch" || article.Body != "Better words" || article.Version != 2 || article.State != blog.StatePublished {
			t.Errorf("published %+v, %v", article, err)
		}
		if _, err := d.ReadArticle(as(t, nobody), "mulching"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("the slug of a draft that nobody knew is kept: %v", err)
		}
	})
}

func TestPublishArticle_refuses(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	empty, err := d.WriteDraft(as(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: "Empty"}})
	if err != nil {
		t.Fatal(err)
	}
	public := d.publish(t, d.draft(t, "Public"))
	stale := d.draft(t, "Stale")
	d.retitle(t, stale, "Fresh")
	before := len(d.outbox.Messages())

	for name, test := range map[string]struct {
		in   blog.PublishArticleInput
		want fault.Kind
	}{
		"no words":    {blog.PublishArticleInput{ID: empty.ID, Version: 1}, fault.Invalid},
		"public":      {blog.PublishArticleInput{ID: public.ID, Version: public.Version}, fault.Conflict},
		"stale":       {blog.PublishArticleInput{ID: stale.ID, Version: stale.Version}, fault.Conflict},
		"not there":   {blog.PublishArticleInput{ID: ada.ID, Version: 1}, fault.NotFound},
		"wrong words": {blog.PublishArticleInput{ID: empty.ID, Version: 1, Text: &blog.Text{Body: "no title"}}, fault.Invalid},
	} {
		_, err := d.PublishArticle(as(t, ada), test.in)

		if fault.KindOf(err) != test.want {
			t.Errorf("%s: refused with %v, want %s", name, err, test.want)
		}
	}
	if got := len(d.outbox.Messages()); got != before {
		t.Errorf("%d events of what was refused", got-before)
	}
}

// All of a publication happens or nothing does, wherever it fails.
func TestPublishArticle_undoesEverythingIfAPartFails(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		for name, edges := range map[string]struct {
			rt     brokenBroadcaster
			outbox brokenOutbox
		}{
			"the event":     {outbox: brokenOutbox{err: errBroken}},
			"the broadcast": {rt: brokenBroadcaster{err: errBroken}},
		} {
			rt, outbox := realtimetest.NewRecorder(), eventstest.NewRecorder()
			draft := newDesk(s).draft(t, "Mulching")
			edges.rt.Recorder, edges.outbox.Recorder = rt, outbox
			d := newDeskWith(s, edges.rt, edges.outbox)

			_, err := d.PublishArticle(as(t, ada), blog.PublishArticleInput{ID: draft.ID, Version: draft.Version})

			if !errors.Is(err, errBroken) {
				t.Errorf("%s fails: got %v", name, err)
			}
			if stored, err := d.OpenArticle(as(t, ada), draft.ID); err != nil || stored != draft {
				t.Errorf("%s fails: stored is %+v, %v; want the draft", name, stored, err)
			}
			if len(rt.Messages()) != 0 || len(outbox.Messages()) != 0 {
				t.Errorf("%s fails: told %v and published %v, want neither", name, rt.Messages(), outbox.Messages())
			}
		}
	})
}

var errBroken = errors.New("broken")

// brokenBroadcaster and brokenOutbox fail if they have an error to fail with.
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
