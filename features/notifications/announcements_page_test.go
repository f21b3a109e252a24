package notifications_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/features/notifications"
)

const announcementForm = "#announcement-form"

func TestAnnouncementsPage_isForAdministrators(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for user, want := range map[*auth.User]int{&nobody: http.StatusUnauthorized, &grace: http.StatusForbidden, &ada: http.StatusForbidden} {
			answer, _ := s.request(t, *user, method, "/admin/announcements", nil)
			if sentToSignIn := answer.StatusCode == http.StatusSeeOther && method == http.MethodGet && user == &nobody; answer.StatusCode != want && !sentToSignIn {
				t.Errorf("%s is answered %d to %s, want %d", user.Name, answer.StatusCode, method, want)
			}
		}
	}
}

func TestAnnouncementsPage_sendsToEverybody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.As(alan)

	sent := admin.Submit(admin.Get("/admin/announcements"), announcementForm, map[string]string{"title": "Down on <Sunday>", "text": "From 8\r\nto 9"})
	s.Drain()

	wantStatus(t, sent, http.StatusOK)
	wantText(t, sent, "#sent li p:first-of-type", "Down on <Sunday>")
	wantAttr(t, sent, announcementForm+" [name=title]", "value", "")
	for _, user := range []auth.User{ada, grace, alan} {
		page := s.As(user).Get("/notifications")
		wantText(t, page, "#inbox li[data-unread] h2", "Down on <Sunday>")
		wantText(t, page, "#inbox li h2 + p", "From 8 to 9")
	}
}

func TestAnnouncementsPage_keepsWhatBreaksTheRules(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.As(alan)

	refused := admin.Submit(admin.Get("/admin/announcements"), announcementForm, map[string]string{"title": " ", "text": "My words"})

	wantStatus(t, refused, http.StatusUnprocessableEntity)
	wantText(t, refused, "#field-title-error", "An announcement needs a title.")
	wantText(t, refused, announcementForm+" [name=text]", "My words")
	long := admin.Submit(refused, announcementForm, map[string]string{"title": "T", "text": strings.Repeat("ä", notifications.MaxAnnouncementText+1)})
	wantStatus(t, long, http.StatusUnprocessableEntity)
	wantCount(t, long, "#field-text-error", 1)
	sent := admin.Submit(refused, announcementForm, map[string]string{"title": "Mended"})
	wantText(t, sent, "#sent li p:first-of-type", "Mended")
}

// A form that was sent twice says nothing twice; one that somebody went back to
// and wrote anew loses nothing.
func TestAnnouncementsPage_takesAFormThatIsSentAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.As(alan)
	form := admin.Get("/admin/announcements")

	admin.Submit(form, announcementForm, map[string]string{"title": "Sunday"})
	twice := admin.Submit(form, announcementForm, map[string]string{"title": "Sunday"})
	conflict := admin.Submit(form, announcementForm, map[string]string{"title": "Monday"})
	sent := admin.Submit(conflict, announcementForm, nil)
	s.Drain()

	wantStatus(t, twice, http.StatusOK)
	wantCount(t, twice, "#sent li", 1)
	wantStatus(t, conflict, http.StatusConflict)
	wantAttr(t, conflict, announcementForm+" [name=title]", "value", "Monday")
	wantText(t, sent, "#sent li p:first-of-type", "MondaySunday")
	wantText(t, s.As(grace).Get("/notifications"), "#inbox li h2", "MondaySunday")
}
