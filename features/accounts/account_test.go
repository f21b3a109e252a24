package accounts_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/feature"
	"example.com/pergola/features/accounts"
)

func TestAccount_requiresSignIn(t *testing.T) {
	t.Parallel()
	visitor := newSite(t).visitor()

	visitor.get("/account").is(http.StatusOK, "/sign-in?next=%2Faccount")
	visitor.post("/account/name", nil).is(http.StatusUnauthorized, "/account/name")
}

func TestAccount_rendersItsSlot(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", "Ada")
	section := func(_ context.Context, user accounts.User) (templ.Component, error) {
		return templ.Raw(`<p id="section">` + user.Email + `</p>`), nil
	}
	err := site.slots.Register([]feature.Manifest{
		{Name: "accounts"}, {Name: "shop", Parts: []feature.Part{feature.Fill(accounts.AccountSlot, section)}},
	})
	if err != nil {
		t.Fatal(err)
	}

	shown := site.as(ada).get("/account").is(http.StatusOK, "/account")

	if got := shown.text("#section"); got != "ada@example.com" {
		t.Errorf("the section is %q, want the email address", got)
	}
}

func TestChangeName_updatesTheProfile(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.as(site.user("ada@example.com", "Ada"))

	shown := browser.post("/account/name", url.Values{"name": {" Ada   King "}}).is(http.StatusOK, "/account")

	if shown.text("#flash") != "Your name was changed." || shown.value("name") != "Ada King" {
		t.Errorf("message %q, name %q", shown.text("#flash"), shown.value("name"))
	}
}

func TestChangeName_rejectsAnInvalidName(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.as(site.user("ada@example.com", "Ada"))
	for _, name := range []string{strings.Repeat("x", 81), " "} {
		shown := browser.post("/account/name", url.Values{"name": {name}}).is(http.StatusUnprocessableEntity, "/account/name")

		if shown.errorOf("name") == "" || shown.value("name") != name {
			t.Errorf("the error of the name %q is %q, and the field has %q", name, shown.errorOf("name"), shown.value("name"))
		}
	}
}

func TestChangeName_requiresAUser(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	change := accounts.NewChangeName(s.db, s.users, atNoon)

	faulttest.Want(t, change(t.Context(), "Ada"), fault.Unauthenticated)
	faulttest.Want(t, change(as(t, newUser("deleted@example.com")), "Ada"), fault.Unauthenticated)
}

func TestChangeName_rejectsLargeAndMalformedBodies(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.as(site.user("ada@example.com", "Ada"))

	browser.post("/account/name", url.Values{"name": {strings.Repeat("x", 1<<20)}}).is(http.StatusRequestEntityTooLarge, "/account/name")

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site.url+"/account/name", strings.NewReader("name=%zz"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.AddCookie(browser.Cookies()[0])
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if _ = response.Body.Close(); response.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a malformed form: status %d, want 422", response.StatusCode)
	}
}

func TestDeleteAccount_deletesTheUserAndTheirSessions(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada, grace := site.user("ada@example.com", "Ada"), site.user("grace@example.com", "Grace")
	hers, other := site.as(ada), site.as(grace)

	if err := accounts.NewDeleteAccount(site.db, site.users, site.sessions)(as(t, ada)); err != nil {
		t.Fatalf("DeleteAccount: %v", err)
	}

	hers.signedIn("")
	other.signedIn("Grace")
	if _, err := site.users.Find(t.Context(), ada.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Find = %v, want not_found", err)
	}
}

func TestDeleteAccount_keepsTheOnlyAdministratorWhoCanSignIn(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	only, locked := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com", auth.RoleAdmin)
	locked.LockedAt = noon
	s.create(t, only, locked)
	deleteAccount := accounts.NewDeleteAccount(s.db, s.users, s.sessions(authtest.NewWatcher()))

	faulttest.Want(t, deleteAccount(as(t, only)), fault.Conflict)

	s.create(t, newUser("c@example.com", auth.RoleAdmin))
	faulttest.Want(t, deleteAccount(as(t, only)), "")
}

func TestDeleteAccount_requiresAUserWhoIsNotLocked(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	locked := newUser("b@example.com")
	locked.LockedAt = noon
	s.create(t, locked)
	deleteAccount := accounts.NewDeleteAccount(s.db, s.users, s.sessions(authtest.NewWatcher()))

	faulttest.Want(t, deleteAccount(t.Context()), fault.Unauthenticated)
	faulttest.Want(t, deleteAccount(as(t, newUser("deleted@example.com"))), fault.Unauthenticated)
	faulttest.Want(t, deleteAccount(as(t, locked)), fault.Unauthenticated)
}
