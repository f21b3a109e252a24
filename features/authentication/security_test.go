package authentication_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/authentication"
)

func TestSecurity_requiresSignIn(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.visitor()

	browser.get("/account/security").is(http.StatusOK, "/sign-in?next=%2Faccount%2Fsecurity")
	for _, path := range []string{"/account/password", "/account/verification", "/account/delete", "/account/sessions/end-others", "/account/sessions/x/end"} {
		if shown := browser.post(path, nil); shown.Status != http.StatusUnauthorized {
			t.Errorf("POST %s: status %d, want 401", path, shown.Status)
		}
	}
}

func TestAccountSection_linksToSecurityAndDeletion(t *testing.T) {
	t.Parallel()
	slots := feature.NewSlots(observe.NewLogReporter(slog.New(slog.DiscardHandler)))
	if err := slots.Register([]feature.Manifest{{Name: "accounts"}, newSite(t).Manifest()}); err != nil {
		t.Fatal(err)
	}

	var html strings.Builder
	err := accounts.AccountSlot.Render(slots, accounts.User{}).Render(t.Context(), &html)

	for _, path := range []string{"/account/security", "/account/delete"} {
		if err != nil || !strings.Contains(html.String(), `href="`+path+`"`) {
			t.Errorf("the section has no link to %s, %v: %s", path, err, html.String())
		}
	}
}

func TestSecurity_listsDevices(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada, grace := site.user("ada@example.com", "Ada"), site.user("grace@example.com", "Grace")
	here, there, hers := site.as(ada), site.as(ada), site.as(grace)

	shown := here.get("/account/security").is(http.StatusOK, "/account/security")

	rows := shown.Find("[data-session]")
	if rows.Length() != 2 || strings.Count(rows.Text(), "This device") != 1 {
		t.Fatalf("the page lists %d devices: %q", rows.Length(), rows.Text())
	}
	other := rows.FilterFunction(func(_ int, row *goquery.Selection) bool { return !strings.Contains(row.Text(), "This device") })
	shown = here.post(other.Find("form").AttrOr("action", ""), nil).is(http.StatusOK, "/account/security")
	if shown.text("#flash") != "The device was signed out." || shown.Find("[data-session]").Length() != 1 {
		t.Errorf("got the message %q and %d devices", shown.text("#flash"), shown.Find("[data-session]").Length())
	}
	there.signedIn("")
	here.signedIn("Ada")
	hers.signedIn("Grace")
}

func TestEndSession_signsOutTheCurrentDevice(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.as(site.user("ada@example.com", "Ada"))
	row := browser.get("/account/security").Find("[data-session]")

	browser.post(row.Find("form").AttrOr("action", ""), nil).is(http.StatusOK, "/")

	browser.signedIn("")
}

func TestEndSession_rejectsSessionsOfOthers(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada, grace := site.user("ada@example.com", "Ada"), site.user("grace@example.com", "Grace")
	hers, thief := site.as(ada), site.as(grace)
	action := hers.get("/account/security").Find("[data-session] form").AttrOr("action", "")

	thief.post(action, nil)
	thief.post("/account/sessions/garbage/end", nil)

	hers.signedIn("Ada")
	if notified := site.watcher.Calls(); len(notified) != 0 {
		t.Errorf("the watcher was notified of %q", notified)
	}
}

func TestEndOtherSessions_signsOutAllOtherDevices(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", "Ada")
	here, there, elsewhere := site.as(ada), site.as(ada), site.as(ada)

	here.post("/account/sessions/end-others", nil).is(http.StatusOK, "/account/security")

	here.signedIn("Ada")
	there.signedIn("")
	elsewhere.signedIn("")
	if notified := site.watcher.Calls(); len(notified) != 2 {
		t.Errorf("the watcher was notified of %q, want 2 ended sessions", notified)
	}
}

func TestChangePassword_signsOutOtherDevicesAndRenewsTheSession(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", "Ada")
	here, there := site.as(ada), site.as(ada)
	before, old := here.token(), here.Cookies()
	sessions, err := site.Sessions.List(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}

	shown := here.post("/account/password", url.Values{"current_password": {password}, "new_password": {"another horse"}}).is(http.StatusOK, "/account/security")

	if !strings.HasPrefix(shown.text("#flash"), "Your password was changed") {
		t.Errorf("got the message %q", shown.text("#flash"))
	}
	here.signedIn("Ada")
	there.signedIn("")
	if here.token() == before {
		t.Error("the session token is unchanged")
	}
	site.with(old).signedIn("")
	notified := site.watcher.Calls()
	slices.Sort(notified)
	want := []string{"session ended " + sessions[0].ID, "session ended " + sessions[1].ID}
	slices.Sort(want)
	if !slices.Equal(notified, want) {
		t.Errorf("the watcher was notified of %q, want all sockets to be closed: %q", notified, want)
	}
	site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")
	site.visitor().post("/sign-in", signInFields("ada@example.com", "another horse")).is(http.StatusOK, "/")
	if sent := site.sent.SentTo("ada@example.com"); len(sent) != 1 || sent[0].Subject != "Your password was changed" {
		t.Errorf("emails %+v, want one about the change", sent)
	}
}

// Neither the owner nor someone who reads their email can undo the change with an
// older link.
func TestChangePassword_invalidatesResetLinks(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.as(site.user("ada@example.com", "Ada"))
	site.user("grace@example.com", "Grace")
	link, hers := site.resetLink("ada@example.com"), site.resetLink("grace@example.com")

	browser.post("/account/password", url.Values{"current_password": {password}, "new_password": {"another horse"}}).is(http.StatusOK, "/account/security")

	site.visitor().get(link).is(http.StatusNotFound, link)
	site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusNotFound, "/reset-password")
	site.visitor().post("/sign-in", signInFields("ada@example.com", "another horse")).is(http.StatusOK, "/")
	site.visitor().get(hers).is(http.StatusOK, hers)
}

func TestChangePassword_keepsResetLinksWhenItFails(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.as(site.user("ada@example.com", "Ada"))
	link := site.resetLink("ada@example.com")

	browser.post("/account/password", url.Values{"current_password": {"wrong horse"}, "new_password": {"another horse"}}).
		is(http.StatusUnprocessableEntity, "/account/password")

	site.visitor().get(link).is(http.StatusOK, link)
}

func TestChangePassword_reportsInvalidFields(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.as(site.user("ada@example.com", "Ada"))
	for name, test := range map[string]struct{ current, fresh, field, message string }{
		"wrong current password":      {"wrong horse", "another horse", "current_password", "Incorrect password."},
		"no current password":         {"", "another horse", "current_password", "Enter your current password."},
		"new password too short":      {password, "short", "new_password", "Use 12 characters or more."},
		"new password is the address": {password, "ada@example.com", "new_password", "Choose a password that isn't your name or email address."},
	} {
		shown := browser.post("/account/password", url.Values{"current_password": {test.current}, "new_password": {test.fresh}}).
			is(http.StatusUnprocessableEntity, "/account/password")
		if got := shown.errorOf(test.field); got != test.message {
			t.Errorf("%s: the error of %s is %q, want %q", name, test.field, got, test.message)
		}
	}
	if notified := site.watcher.Calls(); len(notified) != 0 {
		t.Errorf("the watcher was notified of %q", notified)
	}
}

func TestChangePassword_failsIfThePasswordIsChangedMeanwhile(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", "Ada")
	change := func() {
		site.setPassword(ada, "the first horse")
	}
	site.hashing.meanwhile.Store(&change)

	site.as(ada).post("/account/password", url.Values{"current_password": {password}, "new_password": {"the second horse"}}).
		is(http.StatusConflict, "/account/password")

	site.visitor().post("/sign-in", signInFields("ada@example.com", "the first horse")).is(http.StatusOK, "/")
}

func TestDeleteAccount_deletesEverything(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", "Ada")
	here, there := site.as(ada), site.as(ada)
	if shown := here.post("/account/delete", url.Values{"password": {"wrong horse"}}); shown.errorOf("password") == "" {
		t.Errorf("a wrong password is accepted: status %d", shown.Status)
	}
	here.signedIn("Ada")

	shown := here.post("/account/delete", url.Values{"password": {password}}).is(http.StatusOK, "/")

	if shown.text("#flash") != "Your account was deleted." {
		t.Errorf("got the message %q", shown.text("#flash"))
	}
	here.signedIn("")
	there.signedIn("")
	if notified, want := site.watcher.Calls(), []string{"user signed out " + ada.ID}; !slices.Equal(notified, want) {
		t.Errorf("the watcher was notified of %q, want %q", notified, want)
	}
	site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")
	site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", "another horse")).is(http.StatusOK, "/sign-in")
	site.visitor().post("/sign-in", signInFields("ada@example.com", "another horse")).is(http.StatusOK, "/")
}

func TestDeleteAccount_keepsTheOnlyAdministrator(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	last := site.user("alan@example.com", "Alan", auth.RoleAdmin)
	browser := site.as(last)

	shown := browser.post("/account/delete", url.Values{"password": {password}}).is(http.StatusConflict, "/account/delete")

	if !strings.HasPrefix(shown.text("[role=alert]"), "You are the only administrator.") {
		t.Errorf("got the message %q", shown.text("[role=alert]"))
	}
	site.user("ada@example.com", "Ada", auth.RoleAdmin)
	browser.post("/account/delete", url.Values{"password": {password}}).is(http.StatusOK, "/")
}

func TestDeleteAccount_failsIfThePasswordIsChangedMeanwhile(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", "Ada")
	browser := site.as(ada)
	change := func() { site.setPassword(ada, "another horse") }
	site.hashing.meanwhile.Store(&change)

	browser.post("/account/delete", url.Values{"password": {password}}).is(http.StatusConflict, "/account/delete")

	browser.signedIn("Ada")
}

func TestDeleteAccount_deletesThePasswordAndTheLinks(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", "Ada")
	site.resetLink(ada.Email)

	site.as(ada).post("/account/delete", url.Values{"password": {password}}).is(http.StatusOK, "/")

	for _, table := range []string{"authentication_passwords", "authentication_email_tokens"} {
		var rows int
		if err := site.db.QueryRow(t.Context(), `select count(*) from `+table).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%s has %d rows, %v, want none", table, rows, err)
		}
	}
}

func TestUseCases_requireAUser(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	for name, call := range map[string]func() error{
		"ChangePassword": func() error {
			return site.ChangePassword(t.Context(), authentication.ChangePasswordInput{Current: password, New: newPassword})
		},
		"DeleteAccount":       func() error { return site.DeleteAccount(t.Context(), password) },
		"RequestVerification": func() error { return site.RequestVerification(t.Context()) },
		"ListSessions": func() error {
			_, err := site.ListSessions(t.Context())
			return err
		},
		"EndSession":       func() error { return site.EndSession(t.Context(), "x") },
		"EndOtherSessions": func() error { return site.EndOtherSessions(t.Context()) },
	} {
		if err := call(); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%s by a visitor = %v, want fault.Unauthenticated", name, err)
		}
	}
}
