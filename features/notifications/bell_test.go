// <with:blog/>

package notifications_test

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/notifications"
)

func TestBell_saysOnEveryPageHowManyAreUnread(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	reader := s.As(grace)
	quiet := reader.Get("/notifications")
	s.publish(t, "Mulching")
	s.publish(t, "Roses")

	for _, path := range []string{"/notifications", "/notifications?below=lost", "/admin/announcements"} {
		page := reader.Get(path)

		wantText(t, page, "header a#bell", "Notifications, 2 unread")
		wantAttr(t, page, "header a#bell", "href", "/notifications")
		wantCount(t, page, "#bell [hidden]", 0)
	}
	wantText(t, quiet, "#bell > span:not([hidden])", "Notifications")
	wantCount(t, quiet, "#bell > [data-live-if=unread][hidden]", 1)
}

func TestBell_isForThoseWhoAreSignedInAndCostsNobodyElse(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	s := newSite(t, func(deps *notifications.Deps) {
		read := deps.ReadInbox
		deps.ReadInbox = func(ctx context.Context) (notifications.Inbox, error) {
			asked.Add(1)
			return read(ctx)
		}
	})

	visitor := s.As(nobody).Post("/notifications/read-all", nil)
	if wantCount(t, visitor, "header *", 0); asked.Load() != 0 {
		t.Errorf("a visitor's page asked for an inbox %d times", asked.Load())
	}
	s.As(grace).Get("/admin/announcements")
	if asked.Load() != 1 {
		t.Errorf("a reader's page asked for the inbox %d times, want once", asked.Load())
	}
}

// A page is served all the same, with a bell that knows no number yet.
func TestBell_spoilsNoPageWhenItCannotBeRead(t *testing.T) {
	t.Parallel()
	reported := make(chan error, 10)
	s := newSite(t, func(deps *notifications.Deps) {
		deps.Reporter = observe.NewReporter(func(_ context.Context, failure observe.Failure) { reported <- failure.Err })
		deps.ReadInbox = func(context.Context) (notifications.Inbox, error) {
			return notifications.Inbox{}, fault.Unavailable.Wrap(errBroken, "No database.")
		}
	})

	page := s.As(grace).Get("/admin/announcements")

	wantStatus(t, page, http.StatusForbidden)
	wantCount(t, page, "a#bell", 1)
	wantCount(t, page, "#bell > [data-live-if=unread][hidden]", 1)
	wantCount(t, page, "#bell [data-live-number]", 0)
	select {
	case err := <-reported:
		wantFault(t, err, fault.Unavailable)
	default:
		t.Error("nobody was told")
	}
}

// What the bell binds are fields of the payload.
func TestBell_isLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, "Mulching")
	page := s.As(grace).Get("/notifications")

	for attribute, want := range map[string]string{
		"data-live": "notifications.user." + grace.ID, "data-live-insert": "update", "data-live-order": "revision", "data-live-announce": "{news}",
	} {
		wantAttr(t, page, "#bell", attribute, want)
	}
	wantAttr(t, page, "#bell [data-live-number]", "data-live-number", "1")
	wantText(t, page, "#bell [data-live-text=unread]", "1")
	response, state := s.request(t, grace, http.MethodGet, page.Find("#bell").AttrOr("data-live-refresh", ""), nil)
	if response.StatusCode != http.StatusOK || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the present state is answered with %d and %q", response.StatusCode, response.Header.Get("Cache-Control"))
	}
	there, _ := state.Find("#bell").Html()
	here, _ := page.Find("#bell").Html()
	if there != here || there == "" {
		t.Errorf("the present state is\n%s\nand on the page\n%s", there, here)
	}
	if visitor, _ := s.request(t, nobody, http.MethodGet, "/notifications?fragment=bell", http.Header{"Hx-Request": {"true"}}); visitor.Header.Get("HX-Redirect") == "" {
		t.Errorf("a visitor is answered %d, want to be sent to sign in", visitor.StatusCode)
	}
}

func TestAnnouncements_havePlaceOnEveryPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	page := s.As(grace).Get("/admin/announcements")

	const region = "header [data-live='notifications.announcements']"
	wantAttr(t, page, region, "data-live-insert", "toast")
	var fields []string
	page.Find(region + " template [data-live-text]").Each(func(_ int, element *selection) {
		fields = append(fields, element.AttrOr("data-live-text", ""))
	})
	if !slices.Equal(fields, []string{"title", "text"}) {
		t.Errorf("the toast shows %v, want title and text", fields)
	}
	wantAttr(t, page, region+" template a", "href", "/notifications")
}
