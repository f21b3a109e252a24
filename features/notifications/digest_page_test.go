package notifications_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/mail"
	"example.com/pergola/features/notifications"
)

func TestPreferences_subscribeToTheDigest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	reader := s.As(grace)

	page := reader.Get("/notifications")
	apptest.WantCount(t, page, "#preferences [name=weekly_digest]:not([checked])", 1) // readers are unsubscribed by default
	page = reader.Submit(page, "#preferences form", map[string]string{"weekly_digest": "on"})

	apptest.WantStatus(t, page, http.StatusOK)
	apptest.WantCount(t, page, "#preferences [name=weekly_digest][checked]", 1)
	apptest.WantCount(t, page, "#preferences [name=new_articles][checked]", 1)
	wantDue(t, s.stores, firstWeek, grace.ID)
	reader.Post("/notifications/preferences", url.Values{"new_articles": {"on"}})
	wantDue(t, s.stores, firstWeek)
}

func TestPreferences_askToConfirmTheAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	for user, want := range map[*auth.User]bool{&ada: true, &grace: false} {
		if text := s.As(*user).Get("/notifications").Find("#preferences").Text(); strings.Contains(text, "confirm your email address") != want {
			t.Errorf("%s reads %q; asked to confirm the address: %v", user.Name, text, want)
		}
	}
}

// Where email is off, no digest is offered, and subscriptions are kept.
func TestPreferences_offerNoDigestWhereEmailIsOff(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(deps *notifications.Feature) { deps.Sender = mail.Off() })
	want(t, s.stores, true, grace.ID)

	other := s.As(alan).Get("/notifications")
	reader := s.As(grace)
	page := reader.Submit(reader.Get("/notifications"), "#preferences form", nil)

	apptest.WantCount(t, other, "#preferences [name=weekly_digest]", 0)
	apptest.WantCount(t, page, "#preferences [type=checkbox][name=weekly_digest]", 0)
	wantDue(t, s.stores, firstWeek, grace.ID)
}

// unsubscribePath is the link in an email to Grace.
func unsubscribePath(t testing.TB, s *site) string {
	t.Helper()
	want(t, s.stores, true, grace.ID)
	key, _ := claim(t, s.stores, grace.ID, firstWeek)
	return "/notifications/digest?key=" + key
}

// A reader who follows the link need not be signed in. Opening the page does not
// unsubscribe, because email scanners follow every link.
func TestDigestPage_unsubscribesWithItsButton(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := unsubscribePath(t, s)
	visitor := s.As(visitor)

	question := visitor.Get(path)
	apptest.WantText(t, question, "h1", "Unsubscribe from the weekly digest?")
	wantDue(t, s.stores, secondWeek, grace.ID)
	done := visitor.Submit(question, "#unsubscribe-digest", nil)

	apptest.WantStatus(t, done, http.StatusOK)
	apptest.WantText(t, done, "h1", "You're unsubscribed")
	apptest.WantCount(t, done, "form", 0)
	wantDue(t, s.stores, secondWeek)
	apptest.WantText(t, visitor.Get(path), "h1", "You're unsubscribed")
}

// An email client sends this request (RFC 8058), without cookies or an origin,
// and follows no redirect.
func TestDigestPage_supportsOneClickUnsubscribe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := unsubscribePath(t, s)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()

	if response.StatusCode != http.StatusOK || len(response.Cookies()) != 0 || response.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("status %d, cookies %v, referrer policy %q", response.StatusCode, response.Cookies(), response.Header.Get("Referrer-Policy"))
	}
	wantDue(t, s.stores, secondWeek)
}

func TestDigestPage_rejectsUnknownKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := unsubscribePath(t, s)

	for _, wrong := range []string{"/notifications/digest", "/notifications/digest?key=", path + "A", "/notifications/digest?key=" + strings.Repeat("A", 52), "/notifications/digest?key=a%00b"} {
		apptest.WantStatus(t, s.As(visitor).Get(wrong), http.StatusNotFound)
		apptest.WantStatus(t, s.As(grace).Post(wrong, nil), http.StatusNotFound)
	}
	wantDue(t, s.stores, secondWeek, grace.ID)
}

func TestRemoveDeletedReaders_removesDigestSubscriptions(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	for _, reader := range []auth.User{ada, grace} {
		if err := o.SetPreferences(authtest.As(t, reader), notifications.Preferences{WeeklyDigest: true}); err != nil {
			t.Fatal(err)
		}
	}
	o.accounts.remove(grace)

	err := o.RemoveDeletedReaders(t.Context())

	if err != nil {
		t.Error(err)
	}
	wantDue(t, s, firstWeek, ada.ID)
}
