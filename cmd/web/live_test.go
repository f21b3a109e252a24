package main

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

// publish writes an article at the desk, through the forms, and publishes it.
func publish(t *testing.T, editor *apptest.Client, title string) {
	t.Helper()
	form := editor.Get("/desk/articles/new")
	draft := editor.Submit(form, "#article-form", map[string]string{"title": title, "body": "Some words about " + title + "."})
	if draft.Status != http.StatusOK {
		t.Fatalf("save the draft: %d %s", draft.Status, draft.Find("main").Text())
	}
	action := draft.Find("#article-form button[formaction$='/publish']").AttrOr("formaction", "")
	if action == "" {
		t.Fatalf("%s has no button to publish", draft.Path)
	}
	published := editor.SubmitTo(draft, "#article-form", action, nil)
	if published.Status != http.StatusOK {
		t.Fatalf("publish: %d %s", published.Status, published.Find("main").Text())
	}
}

func TestSite_broadcastsAPublishedArticleToEveryReader(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor := s.signIn(t, ada)
	visitor := s.socket(t, apptest.NewClient(t, s.URL))
	visitor.MustSubscribe("blog.article.feed")

	publish(t, editor, "Roses in November")

	got := realtimetest.Next(visitor, blog.ArticleFeedChannel)
	if got.Payload.Title != "Roses in November" || got.Meta.ID == "" || got.Meta.At.IsZero() {
		t.Errorf("received %+v", got)
	}
	front := apptest.NewClient(t, s.URL).Get("/")
	if got := front.Find("#feed > li h2").First().Text(); got != "Roses in November" {
		t.Errorf("the first article is %q", got)
	}
}

func TestSite_bridgesThePublicationOnlyToTheDesk(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor := s.signIn(t, ada)
	desk := s.socket(t, editor)
	desk.MustSubscribe("blog.desk")
	reader := s.socket(t, s.signIn(t, grace))

	rejection := reader.Subscribe("blog.desk")
	publish(t, editor, "Roses in November")

	if !errors.Is(rejection, fault.Forbidden) {
		t.Errorf("a reader subscribing to the desk got %v, want forbidden", rejection)
	}
	for {
		activity := realtimetest.Next(desk, blog.DeskChannel).Payload
		if activity.Action == blog.ActionPublished {
			if activity.Title != "Roses in November" {
				t.Errorf("the desk received %+v", activity)
			}
			break
		}
	}
	reader.ExpectNothing("blog.desk")
	reader.ExpectNothing("blog.article.published")
}

func TestSite_closesSocketsOnSignOut(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	client, elsewhere := s.signIn(t, grace), s.signIn(t, grace)
	socket, other := s.socket(t, client), s.socket(t, elsewhere)

	client.Post("/sign-out", nil)

	socket.WaitClosed(realtime.ClosedSessionEnded)
	other.MustSubscribe("blog.article.feed") // the other device of the same reader stays connected
}

func TestSite_unsubscribesTheDeskWhenTheRoleIsRevoked(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor, admin := s.signIn(t, ada), s.signIn(t, alan)
	socket := s.socket(t, editor)
	socket.MustSubscribe("blog.desk", "blog.article.feed")

	revokeEditor(t, admin, ada)

	if rejection := socket.WaitUnsubscribed("blog.desk"); rejection == nil || !errors.Is(rejection, fault.Forbidden) {
		t.Errorf("unsubscribed from the desk with %v, want forbidden", rejection)
	}
	if err := socket.Subscribe("blog.desk"); !errors.Is(err, fault.Forbidden) {
		t.Errorf("subscribing again: %v, want forbidden", err)
	}
	if page := editor.Get("/desk"); page.Status != http.StatusForbidden {
		t.Errorf("the desk page: status %d, want 403", page.Status)
	}
	socket.MustSubscribe("blog.article.feed")
}

// revokeEditor revokes the editor role on the users page.
func revokeEditor(t *testing.T, admin *apptest.Client, email string) {
	t.Helper()
	users := admin.Get("/admin/users?" + url.Values{"q": {email}}.Encode())
	action := ""
	for _, form := range users.Find("form[action$='/roles/revoke']").EachIter() {
		if form.Find("input[name=role][value=editor], button[name=role][value=editor]").Length() > 0 {
			action = form.AttrOr("action", "")
		}
	}
	if action == "" {
		t.Fatalf("the users page has no form to revoke the editor role of %s:\n%s", email, users.Find("main").Text())
	}
	if page := admin.Post(action, url.Values{"role": {"editor"}}); page.Status != http.StatusOK {
		t.Fatalf("revoke: %d %s", page.Status, page.Find("main").Text())
	}
}

func TestSite_rejectsSocketsFromOtherOriginsOrWithInvalidCookies(t *testing.T) {
	t.Parallel()
	s := startSite(t)

	if err := realtimetest.DialRejected(t, s.URL, http.Header{"Origin": {"https://evil.example"}}); err == nil || err.Status != http.StatusForbidden {
		t.Errorf("a foreign origin: %v, want status 403", err)
	}
	forged := http.Header{"Origin": {s.URL}, "Cookie": {"pergola_session=" + strings.Repeat("A", 43)}}
	if err := realtimetest.DialRejected(t, s.URL, forged); err == nil || err.Code != string(fault.Unauthenticated) {
		t.Errorf("a forged session: %v, want unauthenticated", err)
	}
}

func TestSite_setsNoCookieForVisitors(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	client := apptest.NewClient(t, s.URL)

	for _, path := range []string{"/", "/feed.xml", "/sign-in", "/healthz", "/nowhere"} {
		if page := client.Get(path); page.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets the cookie %q", path, page.Header.Get("Set-Cookie"))
		}
	}
}

func TestSite_notifiesSocketsWhenItDrains(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	socket := s.socket(t, apptest.NewClient(t, s.URL))

	if err := s.Stop(); err != nil {
		t.Errorf("drain: %v", err)
	}

	socket.WaitClosed(realtime.ClosedRestart)
}
