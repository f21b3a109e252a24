package blog_test

import (
	"errors"
	"testing"
	"time"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

// reads opens a tab in which the user reads the article.
func (s *site) reads(t testing.TB, user auth.User, article blog.Article) *realtimetest.Client {
	t.Helper()
	tab := s.Socket(user)
	tab.MustSubscribe(blog.ArticleReadersChannel.For(article.ID).Name())
	if err := tab.Emit("blog.article.reading", blog.ArticleReading{ArticleID: article.ID}); err != nil {
		t.Fatalf("%s reads %q: %v", user.Name, article.Title, err)
	}
	return tab
}

// wantReaders waits until the tab receives this count.
func wantReaders(t testing.TB, tab *realtimetest.Client, article blog.Article, count int) {
	t.Helper()
	for got := -1; got != count; {
		got = realtimetest.Next(tab, blog.ArticleReadersChannel.For(article.ID)).Payload.Count
	}
}

func (s *site) readers(article blog.Article) realtime.Attendance {
	return s.Hub.Present(blog.ArticleReadersChannel.For(article.ID).Name())
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestReaders_countsAUserOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))
	visitor := s.reads(t, visitor, article)
	wantReaders(t, visitor, article, 1)

	first, second := s.reads(t, grace, article), s.reads(t, grace, article)

	wantReaders(t, visitor, article, 2)
	wantReaders(t, second, article, 2)
	first.Disconnect()
	eventually(t, "the tab is gone", func() bool { return s.readers(article).Connections == 2 })
	if got := s.readers(article).Count(); got != 2 {
		t.Errorf("after closing one of two tabs the count is %d, want 2", got)
	}
	second.Disconnect()
	wantReaders(t, visitor, article, 1)
}

func TestReaders_countsEachVisitor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article, other := s.publish(t, s.draft(t, "Mulching")), s.publish(t, s.draft(t, "Pruning"))
	first := s.reads(t, visitor, article)

	s.reads(t, visitor, article)
	s.reads(t, visitor, other)

	wantReaders(t, first, article, 2)
	if got := s.readers(other).Count(); got != 1 {
		t.Errorf("the other article has %d readers, want 1", got)
	}
}

func TestReaders_leaveWithTheirConnectionOrSession(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*site, *realtimetest.Client) error{
		"connection lost": func(_ *site, tab *realtimetest.Client) error {
			tab.Close()
			return nil
		},
		"signed out everywhere": func(s *site, _ *realtimetest.Client) error { return s.App.Sessions.EndAll(t.Context(), grace.ID) },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			article := s.publish(t, s.draft(t, "Mulching"))
			visitor, tab := s.reads(t, visitor, article), s.reads(t, grace, article)
			wantReaders(t, visitor, article, 2)

			if err := end(s, tab); err != nil {
				t.Fatal(err)
			}

			wantReaders(t, visitor, article, 1)
		})
	}
}

func TestReaders_ofADraftMustBeEditors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	draft := s.draft(t, "Mulching")
	topic := blog.ArticleReadersChannel.For(draft.ID).Name()

	for _, user := range []auth.User{visitor, grace} {
		tab := s.Socket(user)
		if err := tab.Subscribe(topic); !errors.Is(err, fault.NotFound) {
			t.Errorf("%q subscribed to the readers of a draft: %v", user.Name, err)
		}
		if err := tab.Emit("blog.article.reading", blog.ArticleReading{ArticleID: draft.ID}); !errors.Is(err, fault.NotFound) {
			t.Errorf("%q counts as a reader of a draft: %v", user.Name, err)
		}
	}

	wantReaders(t, s.reads(t, ada, draft), draft, 1)
}

func TestReaders_loseAccessToAnUnpublishedArticle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))
	topic := blog.ArticleReadersChannel.For(article.ID).Name()
	visitor, editor := s.reads(t, visitor, article), s.reads(t, ada, article)
	wantReaders(t, editor, article, 2)

	unpublished, err := s.UnpublishArticle(authtest.As(t, ada), blog.UnpublishArticleInput{ID: article.ID, Version: article.Version})
	if err != nil {
		t.Fatal(err)
	}

	if why := visitor.WaitUnsubscribed(topic); why.Message != "This article isn't published." {
		t.Errorf("the visitor receives %q", why.Message)
	}
	wantReaders(t, editor, article, 1)
	if err := s.DeleteArticle(authtest.As(t, ada), blog.DeleteArticleInput{ID: article.ID, Version: unpublished.Version}); err != nil {
		t.Fatal(err)
	}
	editor.WaitUnsubscribed(topic)
	eventually(t, "the deleted article has no readers", func() bool { return s.readers(article).Connections == 0 })
}

func TestReading_rejectsAnythingButAnArticle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	visitor := s.Socket(visitor)
	tests := map[string]struct {
		payload string
		want    error
	}{
		"missing article": {`{"articleId":"01900000-0000-7000-8000-0000000000ff"}`, fault.NotFound},
		"invalid id":      {`{"articleId":"mulching"}`, realtime.ErrInvalidPayload},
		"no id":           {`{}`, realtime.ErrInvalidPayload},
		"unknown field":   {`{"articleId":"01900000-0000-7000-8000-0000000000ff","as":"Ada"}`, realtime.ErrInvalidPayload},
	}
	for name, test := range tests {
		if err := visitor.EmitJSON("blog.article.reading", test.payload); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestArticlePage_reportsThatItIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))

	page := s.As(visitor).Get(article.URL())

	apptest.WantAttr(t, page, "#readers", "data-live", "blog.article."+article.ID+".readers")
	apptest.WantAttr(t, page, "#readers", "data-live-send", "blog.article.reading")
	apptest.WantAttr(t, page, "#readers", "data-live-payload", `{"articleId":"`+article.ID+`"}`)
	if page.Find("#readers > [hidden]").Length() != 1 {
		t.Error("a page without scripts shows an unknown count")
	}
}

func TestMayRead_allowsDraftsToEditorsOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")
	public := f.publish(t, f.draft(t, "Pruning"))

	for _, test := range []struct {
		user    auth.User
		article string
		want    fault.Kind
	}{
		{visitor, public.ID, ""},
		{grace, public.ID, ""},
		{visitor, draft.ID, fault.NotFound},
		{grace, draft.ID, fault.NotFound},
		{edith, draft.ID, ""},
		{edith, "01900000-0000-7000-8000-0000000000ff", fault.NotFound},
	} {
		err := f.MayRead(authtest.As(t, test.user), test.article)
		if test.want == "" && err != nil || test.want != "" && fault.KindOf(err) != test.want {
			t.Errorf("%q may read %s: %v, want %q", test.user.Name, test.article, err, test.want)
		}
	}
}
