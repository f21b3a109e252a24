package notifications_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/features/notifications"
)

const announcementForm = "#announcement-form"

func TestAnnouncementsPage_isForAdministrators(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for user, want := range map[*auth.User]int{&visitor: http.StatusUnauthorized, &grace: http.StatusForbidden, &ada: http.StatusForbidden} {
			answer, _ := s.request(t, *user, method, "/admin/announcements", nil)
			if sentToSignIn := answer.StatusCode == http.StatusSeeOther && method == http.MethodGet && user == &visitor; answer.StatusCode != want && !sentToSignIn {
				t.Errorf("%s: status %d for %s, want %d", user.Name, answer.StatusCode, method, want)
			}
		}
	}
}

func TestAnnouncementsPage_sendsToEveryone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.As(alan)

	sent := admin.Submit(admin.Get("/admin/announcements"), announcementForm, map[string]string{"title": "Down on <Sunday>", "text": "From 8\r\nto 9"})
	s.deliverAnnouncements(t)

	apptest.WantStatus(t, sent, http.StatusOK)
	apptest.WantText(t, sent, "#sent li p:first-of-type", "Down on <Sunday>")
	apptest.WantAttr(t, sent, announcementForm+" [name=title]", "value", "")
	for _, user := range []auth.User{ada, grace, alan} {
		page := s.As(user).Get("/notifications")
		apptest.WantText(t, page, "#inbox li[data-unread] h2", "Down on <Sunday>")
		apptest.WantText(t, page, "#inbox li h2 + p", "From 8 to 9")
	}
}

func TestAnnouncementsPage_showsAnInvalidFormAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.As(alan)

	rejected := admin.Submit(admin.Get("/admin/announcements"), announcementForm, map[string]string{"title": " ", "text": "My words"})

	apptest.WantStatus(t, rejected, http.StatusUnprocessableEntity)
	apptest.WantText(t, rejected, "#field-title-error", "Enter a title.")
	apptest.WantText(t, rejected, announcementForm+" [name=text]", "My words")
	long := admin.Submit(rejected, announcementForm, map[string]string{"title": "T", "text": strings.Repeat("ä", notifications.MaxAnnouncementText+1)})
	apptest.WantStatus(t, long, http.StatusUnprocessableEntity)
	apptest.WantCount(t, long, "#field-text-error", 1)
	sent := admin.Submit(rejected, announcementForm, map[string]string{"title": "Fixed"})
	apptest.WantText(t, sent, "#sent li p:first-of-type", "Fixed")
}

// The same form submitted twice sends once; going back and changing it sends
// another announcement.
func TestAnnouncementsPage_acceptsADuplicateForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.As(alan)
	form := admin.Get("/admin/announcements")

	admin.Submit(form, announcementForm, map[string]string{"title": "Sunday"})
	twice := admin.Submit(form, announcementForm, map[string]string{"title": "Sunday"})
	conflict := admin.Submit(form, announcementForm, map[string]string{"title": "Monday"})
	sent := admin.Submit(conflict, announcementForm, nil)
	s.deliverAnnouncements(t)

	apptest.WantStatus(t, twice, http.StatusOK)
	apptest.WantCount(t, twice, "#sent li", 1)
	apptest.WantStatus(t, conflict, http.StatusConflict)
	apptest.WantAttr(t, conflict, announcementForm+" [name=title]", "value", "Monday")
	apptest.WantText(t, sent, "#sent li p:first-of-type", "MondaySunday")
	apptest.WantText(t, s.As(grace).Get("/notifications"), "#inbox li h2", "MondaySunday")
}
