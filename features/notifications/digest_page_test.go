// <with:blog/>

package notifications_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/mail"
	"example.com/pergola/features/notifications"
)

func TestPreferences_askWhoWantsTheDigest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	reader := s.As(grace)

	page := reader.Get("/notifications")
	wantCount(t, page, "#preferences [name=weekly_digest]:not([checked])", 1) // nobody who did not ask gets mail
	page = reader.Submit(page, "#preferences form", map[string]string{"weekly_digest": "on"})

	wantStatus(t, page, http.StatusOK)
	wantCount(t, page, "#preferences [name=weekly_digest][checked]", 1)
	wantCount(t, page, "#preferences [name=new_articles][checked]", 1)
	wantDue(t, s.storage, firstWeek, grace.ID)
	reader.Post("/notifications/preferences", url.Values{"new_articles": {"on"}})
	wantDue(t, s.storage, firstWeek)
}

func TestPreferences_sayWhenTheAddressIsNotConfirmed(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	for user, want := range map[*auth.User]bool{&ada: true, &grace: false} {
		if text := s.As(*user).Get("/notifications").Find("#preferences").Text(); strings.Contains(text, "confirmed your address") != want {
			t.Errorf("%s reads %q; to be told of the address: %v", user.Name, text, want)
		}
	}
}

// Where no mail is sent none is offered, and who wants it keeps wanting it.
func TestPreferences_offerNoMailWhereNoneIsSent(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(deps *notifications.Deps) { deps.Sender = mail.Off() })
	want(t, s.storage, true, grace.ID)

	other := s.As(alan).Get("/notifications")
	reader := s.As(grace)
	page := reader.Submit(reader.Get("/notifications"), "#preferences form", nil)

	wantCount(t, other, "#preferences [name=weekly_digest]", 0)
	wantCount(t, page, "#preferences [type=checkbox][name=weekly_digest]", 0)
	wantDue(t, s.storage, firstWeek, grace.ID)
}

// stopPath is what stands in a mail to Grace.
func stopPath(t testing.TB, s *site) string {
	t.Helper()
	want(t, s.storage, true, grace.ID)
	key, _ := claim(t, s.storage, grace.ID, firstWeek)
	return "/notifications/digest?key=" + key
}

// Whoever comes from the mail need not be signed in, and coming alone stops
// nothing: what guards mailboxes follows every link.
func TestDigestPage_stopsTheMailsWhenAsked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := stopPath(t, s)
	visitor := s.As(nobody)

	asks := visitor.Get(path)
	wantText(t, asks, "h1", "No more mail on Mondays?")
	wantDue(t, s.storage, secondWeek, grace.ID)
	done := visitor.Submit(asks, "#stop-digest", nil)

	wantStatus(t, done, http.StatusOK)
	wantText(t, done, "h1", "No more mail on Mondays.")
	wantCount(t, done, "form", 0)
	wantDue(t, s.storage, secondWeek)
	wantText(t, visitor.Get(path), "h1", "No more mail on Mondays.")
}

// RFC 8058: a mail program sends this, with neither cookies nor an origin, and
// follows no redirect.
func TestDigestPage_takesTheOneClickOfMailPrograms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := stopPath(t, s)

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
		t.Errorf("answered %d with cookies %v and referrer policy %q", response.StatusCode, response.Cookies(), response.Header.Get("Referrer-Policy"))
	}
	wantDue(t, s.storage, secondWeek)
}

func TestDigestPage_knowsNothingOfOtherKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := stopPath(t, s)

	for _, wrong := range []string{"/notifications/digest", "/notifications/digest?key=", path + "A", "/notifications/digest?key=" + strings.Repeat("A", 52), "/notifications/digest?key=a%00b"} {
		wantStatus(t, s.As(nobody).Get(wrong), http.StatusNotFound)
		wantStatus(t, s.As(grace).Post(wrong, nil), http.StatusNotFound)
	}
	wantDue(t, s.storage, secondWeek, grace.ID)
}

// Whoever is gone has no digests either.
func TestForgetGoneReaders_removesTheirDigests(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		for _, reader := range []auth.User{ada, grace} {
			if err := o.SetPreferences(as(t, reader), notifications.Preferences{WeeklyDigest: true}); err != nil {
				t.Fatal(err)
			}
		}
		o.people.leave(grace)

		err := o.ForgetGoneReaders(t.Context())

		if err != nil {
			t.Error(err)
		}
		wantDue(t, s, firstWeek, ada.ID)
	})
}
