package notifications_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/features/notifications"
)

type selection = goquery.Selection

func TestInboxPage_isForSignedInReaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, "Mulching")
	found, _ := s.inboxOf(t, grace)
	id := found[0].ID

	page, _ := s.request(t, visitor, http.MethodGet, "/notifications", nil)
	if page.StatusCode != http.StatusSeeOther || page.Header.Get("Location") != "/sign-in?next=%2Fnotifications" {
		t.Errorf("a visitor: status %d, Location %q", page.StatusCode, page.Header.Get("Location"))
	}
	for _, path := range []string{"/notifications/read-all", "/notifications/preferences", "/notifications/" + id + "/read", "/notifications/" + id + "/open"} {
		if visitor, _ := s.request(t, visitor, http.MethodPost, path, nil); visitor.StatusCode != http.StatusUnauthorized {
			t.Errorf("POST %s by a visitor: status %d", path, visitor.StatusCode)
		}
	}
	for _, verb := range []string{"read", "open"} {
		apptest.WantStatus(t, s.As(ada).Post("/notifications/"+id+"/"+verb, nil), http.StatusNotFound)
	}
	if _, inbox := s.inboxOf(t, grace); inbox.Unread != 1 {
		t.Errorf("the inbox is %+v, want it unchanged", inbox)
	}
}

func TestInboxPage_saysWhenItIsEmpty(t *testing.T) {
	t.Parallel()

	page := newSite(t).As(grace).Get("/notifications")

	apptest.WantStatus(t, page, http.StatusOK)
	apptest.WantText(t, page, "#inbox p:first-of-type", "No notifications yet")
	apptest.WantCount(t, page, "#inbox form", 0)
}

func TestInboxPage_labelsUnreadNotifications(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, "Mulching")
	s.publish(t, "Roses <b>")
	if found, _ := s.inboxOf(t, grace); s.As(grace).Post("/notifications/"+found[1].ID+"/read", nil).Status != http.StatusOK {
		t.Fatal("marking as read failed")
	}

	page := s.As(grace).Get("/notifications")

	apptest.WantText(t, page, "#inbox li h2", "Roses <b>Mulching")
	apptest.WantText(t, page, "#inbox > div p", "1 unread notification")
	unread, read := page.Find("#inbox li").Eq(0), page.Find("#inbox li").Eq(1)
	for _, item := range []*selection{unread, read} {
		apptest.WantText(t, item, "p:first-of-type > span:first-child", "New article by Ada")
		apptest.WantText(t, item, "time", "1 March 2026, 08:00 UTC")
	}
	apptest.WantText(t, unread, "p:first-of-type > span:last-child", "Unread")
	if text := read.Text(); strings.Contains(text, "Unread") {
		t.Errorf("the read notification says %q", text)
	}
	apptest.WantCount(t, unread, "form", 2)
	apptest.WantCount(t, read, "form", 0)
	apptest.WantAttr(t, read, "h2 a", "href", "/articles/mulching")
}

func TestInboxPage_marksAsReadWhatIsFollowed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, "Mulching")
	reader := s.As(grace)
	action := reader.Get("/notifications").Find("#inbox li h2 form").AttrOr("action", "")

	looked, _ := s.request(t, grace, http.MethodGet, action, nil)
	_, before := s.inboxOf(t, grace)
	followed, _ := s.request(t, grace, http.MethodPost, action, nil)
	_, after := s.inboxOf(t, grace)

	if looked.StatusCode != http.StatusMethodNotAllowed || before.Unread != 1 {
		t.Errorf("GET: status %d, %d unread", looked.StatusCode, before.Unread)
	}
	if followed.StatusCode != http.StatusSeeOther || followed.Header.Get("Location") != "/articles/mulching" || after.Unread != 0 {
		t.Errorf("opening: status %d, Location %q, %d unread", followed.StatusCode, followed.Header.Get("Location"), after.Unread)
	}
	if again, _ := s.request(t, grace, http.MethodPost, action, nil); again.Header.Get("Location") != "/articles/mulching" {
		t.Errorf("opening again: status %d", again.StatusCode)
	}
}

func TestInboxPage_staysForANotificationWithoutLink(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.SendAnnouncement(authtest.As(t, alan), notifications.SendAnnouncementInput{Title: "Downtime"}); err != nil {
		t.Fatal(err)
	}
	s.deliverAnnouncements(t)
	found, _ := s.inboxOf(t, grace)

	page := s.As(grace).Post("/notifications/"+found[0].ID+"/open", nil)

	apptest.WantText(t, page, "#inbox li h2", "Downtime")
	apptest.WantCount(t, page, "#inbox li form, #inbox li h2 a", 0)
}

func TestInboxPage_marksOneAndAllAsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, title := range []string{"Mulching", "Roses", "Compost"} {
		s.publish(t, title)
	}
	reader := s.As(grace)

	one := reader.Submit(reader.Get("/notifications"), "#inbox li:nth-of-type(2) form[action$='/read']", nil)
	apptest.WantText(t, one, "#inbox li[data-unread] h2", "CompostMulching")
	apptest.WantText(t, one, "#bell", "Notifications, 2 unread")

	all := reader.Submit(one, "#inbox form[action='/notifications/read-all']", nil)
	apptest.WantText(t, all, "#inbox > div p", "You're all caught up.")
	apptest.WantCount(t, all, "#inbox form, #inbox li[data-unread]", 0)
	apptest.WantCount(t, all, "#bell > [data-live-if=unread][hidden]", 1)
}

// Without JavaScript, the reader returns to the same position in the list.
func TestInboxPage_returnsToTheSamePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range notifications.NotificationsPerPage + 2 {
		s.publish(t, fmt.Sprintf("Article %d", i))
	}
	reader := s.As(grace)

	first := reader.Get("/notifications")
	second := reader.Get(first.Find("#inbox nav a[rel=next]").AttrOr("href", ""))
	back := reader.Submit(second, "#inbox li:first-of-type form[action$='/read']", nil)

	apptest.WantText(t, second, "#inbox li h2", "Article 1Article 0")
	apptest.WantText(t, second, "#inbox nav a", "Latest")
	apptest.WantCount(t, second, "#inbox nav a[rel=next]", 0)
	if back.Path != second.Path {
		t.Errorf("returned to %s, want %s", back.Path, second.Path)
	}
	apptest.WantText(t, back, "#inbox li[data-unread] h2", "Article 0")
	id := second.Find("#inbox li").First().AttrOr("id", "")
	answer, _ := s.request(t, grace, http.MethodPost, "/notifications/"+strings.TrimPrefix(id, "notification-")+"/read", nil)
	if got := answer.Header.Get("Location"); got != "/notifications#"+id {
		t.Errorf("redirects to %q", got)
	}
}

func TestInboxPage_returnsAFragmentToHTMX(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, "Mulching")
	page := s.As(grace).Get("/notifications")
	apptest.WantAttr(t, page, "#inbox", "data-live", "notifications.user."+grace.ID)
	apptest.WantAttr(t, page, "#inbox", "data-live-insert", "replace")

	_, state := s.request(t, grace, http.MethodGet, page.Find("#inbox").AttrOr("data-live-refresh", ""), nil)
	apptest.WantText(t, state, "li[data-unread] h2", "Mulching")
	apptest.WantCount(t, state, "title", 0)

	htmx := http.Header{"Hx-Request": {"true"}}
	for _, action := range []string{page.Find("#inbox li form[hx-post$='/read']").AttrOr("hx-post", ""), "/notifications/read-all"} {
		response, state := s.request(t, grace, http.MethodPost, action, htmx)
		if response.StatusCode != http.StatusOK || state.Find("title").Length() != 0 {
			t.Errorf("POST %s by htmx: status %d and a complete page", action, response.StatusCode)
		}
		apptest.WantText(t, state, "li:not([data-unread]) h2", "Mulching")
	}
}

func TestInboxPage_rejectsAnInvalidPageLink(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	apptest.WantStatus(t, s.As(grace).Get("/notifications?below=page-2"), http.StatusUnprocessableEntity)
	apptest.WantStatus(t, s.As(grace).Get("/notifications?fragment=inbox&below=page-2"), http.StatusUnprocessableEntity)
}

func TestPreferences_areOnThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	reader := s.As(grace)
	page := reader.Get("/notifications")
	apptest.WantAttr(t, page, "#preferences [name=new_articles]", "checked", "")

	off := reader.Post("/notifications/preferences", nil)
	apptest.WantCount(t, off, "#preferences [name=new_articles][checked]", 0)
	s.publish(t, "Mulching")
	apptest.WantCount(t, reader.Get("/notifications"), "#inbox li", 0)

	on := reader.Post("/notifications/preferences", url.Values{"new_articles": {"on"}})
	apptest.WantCount(t, on, "#preferences [name=new_articles][checked]", 1)
	s.publish(t, "Roses")
	apptest.WantText(t, reader.Get("/notifications"), "#inbox li h2", "Roses")
}

// Every control has a name, and every field a label.
func TestPages_areLabeled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, "Mulching")
	admin := s.As(alan)

	for _, path := range []string{"/notifications", "/admin/announcements"} {
		page := admin.Get(path)
		apptest.WantCount(t, page, "h1", 1)
		page.Find("button, a").Each(func(_ int, control *selection) {
			if strings.TrimSpace(control.Text()) == "" && control.AttrOr("aria-label", "") == "" {
				t.Errorf("%s has a control without a name", path)
			}
		})
		page.Find("input:not([type=hidden]), textarea").Each(func(_ int, field *selection) {
			apptest.WantCount(t, page, "label[for='"+field.AttrOr("id", "")+"']", 1)
		})
	}
}
