package accounts_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

func TestAccount_isForUsers(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	browser := site.visitor()

	browser.get("/account").is(http.StatusOK, "/sign-in?next=%2Faccount")
	for _, path := range []string{"/account/name", "/account/password", "/account/delete", "/account/sessions/end-others", "/account/sessions/x/end"} {
		if shown := browser.post(path, nil); shown.status != http.StatusUnauthorized {
			t.Errorf("POST %s: status %d, want 401", path, shown.status)
		}
	}
}

func TestAccount_changesTheName(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		browser := site.as(site.user("ada@example.com", "Ada"))

		shown := browser.post("/account/name", url.Values{"name": {" Ada   King "}}).is(http.StatusOK, "/account")

		if shown.text("#flash") != "Your name is changed." || shown.value("name") != "Ada King" {
			t.Errorf("the page says %q and shows %q", shown.text("#flash"), shown.value("name"))
		}
		long := strings.Repeat("x", 81)
		shown = browser.post("/account/name", url.Values{"name": {long}}).is(http.StatusUnprocessableEntity, "/account/name")
		if shown.wrong("name") == "" || shown.value("name") != long || shown.wrong("new_password") != "" {
			t.Errorf("beside the name stands %q, and %q in it", shown.wrong("name"), shown.value("name"))
		}
	})
}

func TestAccount_listsWhereOneIsSignedIn(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		ada, grace := site.user("ada@example.com", "Ada"), site.user("grace@example.com", "Grace")
		here, there, hers := site.as(ada), site.as(ada), site.as(grace)

		shown := here.get("/account").is(http.StatusOK, "/account")

		rows := shown.Find("[data-session]")
		if rows.Length() != 2 || strings.Count(rows.Text(), "This device") != 1 {
			t.Fatalf("the page lists %d devices: %q", rows.Length(), rows.Text())
		}
		other := rows.FilterFunction(func(_ int, row *goquery.Selection) bool { return !strings.Contains(row.Text(), "This device") })
		shown = here.post(other.Find("form").AttrOr("action", ""), nil).is(http.StatusOK, "/account")
		if shown.text("#flash") != "That device is signed out." || shown.Find("[data-session]").Length() != 1 {
			t.Errorf("the page says %q and lists %d devices", shown.text("#flash"), shown.Find("[data-session]").Length())
		}
		there.signedIn("")
		here.signedIn("Ada")
		hers.signedIn("Grace")
	})
}

func TestAccount_signsOutThisDeviceFromTheList(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	browser := site.as(site.user("ada@example.com", "Ada"))
	row := browser.get("/account").Find("[data-session]")

	browser.post(row.Find("form").AttrOr("action", ""), nil).is(http.StatusOK, "/")

	browser.signedIn("")
}

func TestAccount_endsNobodyElsesSession(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		ada, grace := site.user("ada@example.com", "Ada"), site.user("grace@example.com", "Grace")
		hers, thief := site.as(ada), site.as(grace)
		action := hers.get("/account").Find("[data-session] form").AttrOr("action", "")

		thief.post(action, nil)
		thief.post("/account/sessions/garbage/end", nil)

		hers.signedIn("Ada")
		if told := site.watcher.Told(); len(told) != 0 {
			t.Errorf("watcher was told %q", told)
		}
	})
}

func TestAccount_signsOutEverywhereElse(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		ada := site.user("ada@example.com", "Ada")
		here, there, elsewhere := site.as(ada), site.as(ada), site.as(ada)

		here.post("/account/sessions/end-others", nil).is(http.StatusOK, "/account")

		here.signedIn("Ada")
		there.signedIn("")
		elsewhere.signedIn("")
		if told := site.watcher.Told(); len(told) != 2 {
			t.Errorf("watcher was told %q, want of 2 sessions", told)
		}
	})
}

func TestChangePassword_signsOutEveryOtherDeviceAndRenewsThisOne(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		ada := site.user("ada@example.com", "Ada")
		here, there := site.as(ada), site.as(ada)
		before, old := here.cookie(), here.http.Jar.Cookies(mustParse(t, site.url))
		sessions, err := site.sessions.List(t.Context(), ada.ID)
		if err != nil {
			t.Fatal(err)
		}

		shown := here.post("/account/password", url.Values{"current_password": {password}, "new_password": {"another horse"}}).is(http.StatusOK, "/account")

		if !strings.HasPrefix(shown.text("#flash"), "Your password is changed") {
			t.Errorf("the page says %q", shown.text("#flash"))
		}
		here.signedIn("Ada")
		there.signedIn("")
		if here.cookie() == before {
			t.Error("the token is the old one")
		}
		thief := site.visitor()
		thief.jar(old)
		thief.signedIn("")
		told := site.watcher.Told()
		slices.Sort(told)
		want := []string{"session ended " + sessions[0].ID, "session ended " + sessions[1].ID}
		slices.Sort(want)
		if !slices.Equal(told, want) {
			t.Errorf("watcher was told %q, want all sockets to be closed: %q", told, want)
		}
		site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")
		site.visitor().post("/sign-in", signInFields("ada@example.com", "another horse")).is(http.StatusOK, "/")
		if sent := site.outgoing.SentTo("ada@example.com"); len(sent) != 1 || sent[0].Subject != "Your password was changed" {
			t.Errorf("letters %+v, want one that tells of the change", sent)
		}
	})
}

// Who has asked for a link to reset it, the owner or somebody who reads their
// mail, does not undo the change.
func TestChangePassword_makesLinksToResetItWorthNothing(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		browser := site.as(site.user("ada@example.com", "Ada"))
		site.user("grace@example.com", "Grace")
		link, hers := site.resetLink("ada@example.com"), site.resetLink("grace@example.com")

		browser.post("/account/password", url.Values{"current_password": {password}, "new_password": {"another horse"}}).is(http.StatusOK, "/account")

		site.visitor().get(link).is(http.StatusNotFound, link)
		site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusNotFound, "/reset-password")
		site.visitor().post("/sign-in", signInFields("ada@example.com", "another horse")).is(http.StatusOK, "/")
		site.visitor().get(hers).is(http.StatusOK, hers)
	})
}

// A change that is refused takes nothing away.
func TestChangePassword_leavesLinksToResetItWhenItFails(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	browser := site.as(site.user("ada@example.com", "Ada"))
	link := site.resetLink("ada@example.com")

	browser.post("/account/password", url.Values{"current_password": {"wrong horse"}, "new_password": {"another horse"}}).
		is(http.StatusUnprocessableEntity, "/account/password")

	site.visitor().get(link).is(http.StatusOK, link)
}

func TestChangePassword_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	browser := site.as(site.user("ada@example.com", "Ada"))
	for name, test := range map[string]struct{ current, fresh, field, message string }{
		"the present one is wrong":   {"wrong horse", "another horse", "current_password", "This is not your present password."},
		"the present one is missing": {"", "another horse", "current_password", "Enter your present password."},
		"the new one is too short":   {password, "short", "new_password", "Use 12 characters or more."},
		"the new one is the address": {password, "ada@example.com", "new_password", "Choose a password that is not your name or address."},
	} {
		shown := browser.post("/account/password", url.Values{"current_password": {test.current}, "new_password": {test.fresh}}).
			is(http.StatusUnprocessableEntity, "/account/password")
		if got := shown.wrong(test.field); got != test.message {
			t.Errorf("%s: beside %s stands %q, want %q", name, test.field, got, test.message)
		}
	}
	if told := site.watcher.Told(); len(told) != 0 {
		t.Errorf("watcher was told %q", told)
	}
}

func TestChangePassword_doesNotOutrunAnother(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		ada := site.user("ada@example.com", "Ada")
		change := func() {
			ada.PasswordHash = mustHash(t, site.passwords.Passwords, "the first horse")
			if err := s.users.Save(t.Context(), ada); err != nil {
				t.Error(err)
			}
		}
		site.passwords.meanwhile.Store(&change)

		site.as(ada).post("/account/password", url.Values{"current_password": {password}, "new_password": {"the second horse"}}).
			is(http.StatusConflict, "/account/password")

		site.visitor().post("/sign-in", signInFields("ada@example.com", "the first horse")).is(http.StatusOK, "/")
	})
}

func TestDeleteAccount_leavesNothing(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		ada := site.user("ada@example.com", "Ada")
		here, there := site.as(ada), site.as(ada)
		if shown := here.post("/account/delete", url.Values{"delete_password": {"wrong horse"}}); shown.wrong("delete_password") == "" {
			t.Errorf("a wrong password is not refused: status %d", shown.status)
		}
		here.signedIn("Ada")

		shown := here.post("/account/delete", url.Values{"delete_password": {password}}).is(http.StatusOK, "/")

		if shown.text("#flash") != "Your account is deleted. Goodbye." {
			t.Errorf("the page says %q", shown.text("#flash"))
		}
		here.signedIn("")
		there.signedIn("")
		if told, want := site.watcher.Told(), []string{"user signed out " + ada.ID}; !slices.Equal(told, want) {
			t.Errorf("watcher was told %q, want %q", told, want)
		}
		site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")
		site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", "another horse")).is(http.StatusOK, "/sign-in")
		site.visitor().post("/sign-in", signInFields("ada@example.com", "another horse")).is(http.StatusOK, "/")
	})
}

func TestDeleteAccount_keepsTheLastAdministrator(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		last := site.user("alan@example.com", "Alan", auth.RoleAdmin)
		browser := site.as(last)

		shown := browser.post("/account/delete", url.Values{"delete_password": {password}}).is(http.StatusConflict, "/account/delete")

		if !strings.HasPrefix(shown.text("[role=alert]"), "You are the only administrator.") {
			t.Errorf("the page says %q", shown.text("[role=alert]"))
		}
		site.user("ada@example.com", "Ada", auth.RoleAdmin)
		browser.post("/account/delete", url.Values{"delete_password": {password}}).is(http.StatusOK, "/")
	})
}

func TestUseCases_ofTheAccountAskWhoIsAsking(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	gone := newUser("gone@example.com")
	for name, call := range map[string]func() error{
		"ChangeName": func() error {
			return accounts.NewChangeName(site.users, site.tx, atNoon)(t.Context(), "Ada")
		},
		"ChangeName of who is gone": func() error {
			return accounts.NewChangeName(site.users, site.tx, atNoon)(identity(t.Context(), gone), "Ada")
		},
		"ChangePassword": func() error {
			return accounts.NewChangePassword(site.users, site.tokens, site.passwords, nil, site.tx, site.sessions, atNoon)(t.Context(), accounts.ChangePasswordInput{})
		},
		"DeleteAccount": func() error {
			return accounts.NewDeleteAccount(site.users, site.passwords, site.tx, site.sessions)(t.Context(), password)
		},
		"ListSessions": func() error {
			_, err := accounts.NewListSessions(site.sessions)(t.Context())
			return err
		},
		"EndSession":       func() error { return accounts.NewEndSession(site.sessions)(t.Context(), "x") },
		"EndOtherSessions": func() error { return accounts.NewEndOtherSessions(site.sessions)(t.Context()) },
	} {
		if err := call(); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%s by a visitor = %v, want fault.Unauthenticated", name, err)
		}
	}
}
