package blog_test

import (
	"errors"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

// reads opens a tab of the user that shows the article.
func (s *site) reads(t testing.TB, user auth.User, article blog.Article) *realtimetest.Client {
	t.Helper()
	tab := s.Socket(user)
	tab.MustSubscribe(blog.ArticleReadersChannel.For(article.ID).Name())
	if err := tab.Emit("blog.article.reading", blog.ArticleReading{ArticleID: article.ID}); err != nil {
		t.Fatalf("%s reads %q: %v", user.Name, article.Title, err)
	}
	return tab
}

// wantReaders waits until the tab is told of so many.
func wantReaders(t testing.TB, tab *realtimetest.Client, article blog.Article, count int) {
	t.Helper()
	for told := -1; told != count; {
		told = realtimetest.Next(tab, blog.ArticleReadersChannel.For(article.ID)).Payload.Count
	}
}

func (s *site) readers(article blog.Article) realtime.Attendance {
	return s.Hub.Present(blog.ArticleReadersChannel.For(article.ID).Name())
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestReaders_twoTabsOfAUserAreOneReader(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))
	visitor := s.reads(t, nobody, article)
	wantReaders(t, visitor, article, 1)

	first, second := s.reads(t, grace, article), s.reads(t, grace, article)

	wantReaders(t, visitor, article, 2)
	wantReaders(t, second, article, 2)
	first.Disconnect()
	eventually(t, "the tab is gone", func() bool { return s.readers(article).Connections == 2 })
	if got := s.readers(article).Count(); got != 2 {
		t.Errorf("one of two tabs was closed: %d are reading, want 2", got)
	}
	second.Disconnect()
	wantReaders(t, visitor, article, 1)
}

func TestReaders_visitorsCountEach(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article, other := s.publish(t, s.draft(t, "Mulching")), s.publish(t, s.draft(t, "Pruning"))
	first := s.reads(t, nobody, article)

	s.reads(t, nobody, article)
	s.reads(t, nobody, other)

	wantReaders(t, first, article, 2)
	if got := s.readers(other).Count(); got != 1 {
		t.Errorf("%d are reading the other article, want 1", got)
	}
}

func TestReaders_leaveWithTheirConnectionAndTheirSession(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*site, *realtimetest.Client) error{
		"the line breaks": func(_ *site, tab *realtimetest.Client) error {
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
			visitor, tab := s.reads(t, nobody, article), s.reads(t, grace, article)
			wantReaders(t, visitor, article, 2)

			if err := end(s, tab); err != nil {
				t.Fatal(err)
			}

			wantReaders(t, visitor, article, 1)
		})
	}
}

func TestReaders_ofADraftAreEditorsOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	draft := s.draft(t, "Mulching")
	topic := blog.ArticleReadersChannel.For(draft.ID).Name()

	for _, user := range []auth.User{nobody, grace} {
		tab := s.Socket(user)
		if err := tab.Subscribe(topic); !errors.Is(err, fault.NotFound) {
			t.Errorf("%q hears who reads a draft: %v", user.Name, err)
		}
		if err := tab.Emit("blog.article.reading", blog.ArticleReading{ArticleID: draft.ID}); !errors.Is(err, fault.NotFound) {
			t.Errorf("%q reads a draft: %v", user.Name, err)
		}
	}

	wantReaders(t, s.reads(t, ada, draft), draft, 1)
}

func TestReaders_loseAnArticleThatIsWithdrawn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))
	topic := blog.ArticleReadersChannel.For(article.ID).Name()
	visitor, editor := s.reads(t, nobody, article), s.reads(t, ada, article)
	wantReaders(t, editor, article, 2)

	withdrawn, err := s.UnpublishArticle(as(t, ada), blog.UnpublishArticleInput{ID: article.ID, Version: article.Version})
	if err != nil {
		t.Fatal(err)
	}

	if why := visitor.WaitUnsubscribed(topic); why.Message != "This article is not public." {
		t.Errorf("the visitor is told %q", why.Message)
	}
	wantReaders(t, editor, article, 1)
	if err := s.DeleteArticle(as(t, ada), blog.DeleteArticleInput{ID: article.ID, Version: withdrawn.Version}); err != nil {
		t.Fatal(err)
	}
	editor.WaitUnsubscribed(topic)
	eventually(t, "nobody reads what is deleted", func() bool { return s.readers(article).Connections == 0 })
}

func TestReading_isRefusedForWhatIsNoArticle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	visitor := s.Socket(nobody)
	tests := map[string]struct {
		payload string
		want    error
	}{
		"an article that is not there": {`{"articleId":"01900000-0000-7000-8000-0000000000ff"}`, fault.NotFound},
		"no id":                        {`{"articleId":"mulching"}`, realtime.ErrInvalidPayload},
		"nothing":                      {`{}`, realtime.ErrInvalidPayload},
		"more than is asked for":       {`{"articleId":"01900000-0000-7000-8000-0000000000ff","as":"Ada"}`, realtime.ErrInvalidPayload},
	}
	for name, test := range tests {
		if err := visitor.EmitJSON("blog.article.reading", test.payload); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestArticlePage_saysThatItIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))

	page := s.As(nobody).Get(article.URL())

	wantAttr(t, page, "#readers", "data-live", "blog.article."+article.ID+".readers")
	wantAttr(t, page, "#readers", "data-live-send", "blog.article.reading")
	wantAttr(t, page, "#readers", "data-live-payload", `{"articleId":"`+article.ID+`"}`)
	if page.Find("#readers > [hidden]").Length() != 1 {
		t.Error("a page without scripts shows a count that nobody knows")
	}
}

func TestMayRead_letsEditorsReadDrafts(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	draft := d.draft(t, "Mulching")
	public := d.publish(t, d.draft(t, "Pruning"))

	for _, test := range []struct {
		user    auth.User
		article string
		want    fault.Kind
	}{
		{nobody, public.ID, ""},
		{grace, public.ID, ""},
		{nobody, draft.ID, fault.NotFound},
		{grace, draft.ID, fault.NotFound},
		{edith, draft.ID, ""},
		{edith, "01900000-0000-7000-8000-0000000000ff", fault.NotFound},
	} {
		err := d.MayRead(as(t, test.user), test.article)
		if test.want == "" && err != nil || test.want != "" && fault.KindOf(err) != test.want {
			t.Errorf("%q may read %s: %v, want %q", test.user.Name, test.article, err, test.want)
		}
	}
}
