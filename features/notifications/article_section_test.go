package notifications_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/fault"
	"example.com/pergola/features/notifications"
)

const newArticlesForm = "#new-articles form"

func TestArticleSection_turnsNewArticlesOffAndOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	reader := s.As(grace)
	page := reader.Get("/articles/mulching")
	apptest.WantText(t, page, newArticlesForm+" button", "Turn off")

	off := reader.Submit(page, newArticlesForm, nil)
	s.publish(t, "Mulching")
	whileOff, _ := s.inboxOf(t, grace)
	on := reader.Submit(off, newArticlesForm, nil)
	s.publish(t, "Roses")
	afterwards, _ := s.inboxOf(t, grace)

	apptest.WantStatus(t, off, http.StatusOK)
	apptest.WantText(t, off, newArticlesForm+" button", "Notify me")
	apptest.WantText(t, on, newArticlesForm+" button", "Turn off")
	if off.Path != "/articles/mulching" || on.Path != off.Path {
		t.Errorf("the form leads to %s and %s, want back to the article", off.Path, on.Path)
	}
	if titles(whileOff) != "[]" || titles(afterwards) != "[Roses]" {
		t.Errorf("notified of %s while off and of %s in the end, want nothing and Roses", titles(whileOff), titles(afterwards))
	}
}

func TestArticleSection_isForSignedInReaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	page := s.As(visitor).Get("/articles/mulching")
	answer := s.As(visitor).Status(http.MethodPost, "/notifications/new-articles")

	apptest.WantStatus(t, page, http.StatusOK)
	apptest.WantCount(t, page, "#new-articles", 0)
	if answer != http.StatusUnauthorized {
		t.Errorf("POST by a visitor: status %d, want 401", answer)
	}
}

func TestArticleSection_returnsToThisSiteOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	page := s.As(grace).Post("/notifications/new-articles", url.Values{"enabled": {"true"}, "back": {"https://evil.example/"}})

	if page.Path != "/" {
		t.Errorf("the form leads to %s, want /", page.Path)
	}
}

func TestArticleSection_doesNotFailThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(f *notifications.Feature) {
		f.ReadInbox = func(context.Context) (notifications.Inbox, error) { return notifications.Inbox{}, fault.Unavailable }
	})

	page := s.As(grace).Get("/articles/mulching")

	apptest.WantStatus(t, page, http.StatusOK)
	apptest.WantCount(t, page, "#new-articles", 0)
}
