package notifications_test

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/notifications"
)

func TestBell_showsTheUnreadCountOnEveryPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	reader := s.As(grace)
	quiet := reader.Get("/notifications")
	s.publish(t, "Mulching")
	s.publish(t, "Roses")

	for _, path := range []string{"/notifications", "/notifications?below=lost", "/admin/announcements"} {
		page := reader.Get(path)

		apptest.WantText(t, page, "header a#bell", "Notifications, 2 unread")
		apptest.WantAttr(t, page, "header a#bell", "href", "/notifications")
		apptest.WantCount(t, page, "#bell [hidden]", 0)
	}
	apptest.WantText(t, quiet, "#bell > span:not([hidden])", "Notifications")
	apptest.WantCount(t, quiet, "#bell > [data-live-if=unread][hidden]", 1)
}

func TestBell_isForSignedInReadersOnly(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	s := newSite(t, func(deps *notifications.Feature) {
		read := deps.ReadInbox
		deps.ReadInbox = func(ctx context.Context) (notifications.Inbox, error) {
			asked.Add(1)
			return read(ctx)
		}
	})

	visitor := s.As(visitor).Post("/notifications/read-all", nil)
	if apptest.WantCount(t, visitor, "header *", 0); asked.Load() != 0 {
		t.Errorf("a visitor's page read an inbox %d times", asked.Load())
	}
	s.As(grace).Get("/admin/announcements")
	if asked.Load() != 1 {
		t.Errorf("a reader's page read the inbox %d times, want 1", asked.Load())
	}
}

// The page is served anyway, with a bell without a number.
func TestBell_doesNotFailThePage(t *testing.T) {
	t.Parallel()
	reported := make(chan error, 10)
	s := newSite(t, func(deps *notifications.Feature) {
		deps.Reporter = observe.NewReporter(func(_ context.Context, failure observe.Failure) { reported <- failure.Err })
		deps.ReadInbox = func(context.Context) (notifications.Inbox, error) {
			return notifications.Inbox{}, fault.Unavailable.Wrap(errBroken, "No database.")
		}
	})

	page := s.As(grace).Get("/admin/announcements")

	apptest.WantStatus(t, page, http.StatusForbidden)
	apptest.WantCount(t, page, "a#bell", 1)
	apptest.WantCount(t, page, "#bell > [data-live-if=unread][hidden]", 1)
	apptest.WantCount(t, page, "#bell [data-live-number]", 0)
	select {
	case err := <-reported:
		faulttest.Want(t, err, fault.Unavailable)
	default:
		t.Error("nothing was reported")
	}
}

// The bell binds fields of the payload.
func TestBell_isLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, "Mulching")
	page := s.As(grace).Get("/notifications")

	for attribute, want := range map[string]string{
		"data-live": "notifications.user." + grace.ID, "data-live-insert": "update", "data-live-order": "revision", "data-live-announce": "{news}",
	} {
		apptest.WantAttr(t, page, "#bell", attribute, want)
	}
	apptest.WantAttr(t, page, "#bell [data-live-number]", "data-live-number", "1")
	apptest.WantText(t, page, "#bell [data-live-text=unread]", "1")
	response, state := s.request(t, grace, http.MethodGet, page.Find("#bell").AttrOr("data-live-refresh", ""), nil)
	if response.StatusCode != http.StatusOK || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the fragment: status %d, Cache-Control %q", response.StatusCode, response.Header.Get("Cache-Control"))
	}
	there, _ := state.Find("#bell").Html()
	here, _ := page.Find("#bell").Html()
	if there != here || there == "" {
		t.Errorf("the fragment is\n%s\nand the page has\n%s", there, here)
	}
	if visitor, _ := s.request(t, visitor, http.MethodGet, "/notifications?fragment=bell", http.Header{"Hx-Request": {"true"}}); visitor.Header.Get("HX-Redirect") == "" {
		t.Errorf("a visitor: status %d, want a redirect to the sign-in page", visitor.StatusCode)
	}
}

func TestAnnouncements_haveARegionOnEveryPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	page := s.As(grace).Get("/admin/announcements")

	const region = "header [data-live='notifications.announcements']"
	apptest.WantAttr(t, page, region, "data-live-insert", "toast")
	var fields []string
	page.Find(region + " template [data-live-text]").Each(func(_ int, element *selection) {
		fields = append(fields, element.AttrOr("data-live-text", ""))
	})
	if !slices.Equal(fields, []string{"title", "text"}) {
		t.Errorf("the toast shows %v, want title and text", fields)
	}
	apptest.WantAttr(t, page, region+" template a", "href", "/notifications")
}
