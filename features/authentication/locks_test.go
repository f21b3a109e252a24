package authentication_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/features/accounts"
)

func TestSignIn_respondsTheSameToLockedAccountsAndWrongPasswords(t *testing.T) {
	t.Parallel()
	options := cheap
	options.Passes = 2
	site := newSite(t, func(s *setup) { s.passwords = options }) // every stored hash is stale
	locked := site.user("ada@example.com", "Ada")
	locked.LockedAt = noon
	if err := site.users.Save(t.Context(), locked); err != nil {
		t.Fatal(err)
	}
	site.user("eva@example.com", "Eva")
	type work struct{ verified, hashed int64 }
	answer := func(email, password string) (string, work) {
		verified, hashed := site.hashing.verifications.Load(), site.hashing.hashes.Load()
		shown := site.visitor().post("/sign-in", signInFields(email, password)).is(http.StatusUnprocessableEntity, "/sign-in")
		html, _ := shown.Html()
		return strings.ReplaceAll(html, "ada@", "eva@"), work{site.hashing.verifications.Load() - verified, site.hashing.hashes.Load() - hashed}
	}

	wrongHTML, wrongWork := answer("eva@example.com", "wrong horse")
	for name, sent := range map[string]string{"the right password": password, "a wrong password": "wrong horse"} {
		lockedHTML, lockedWork := answer("ada@example.com", sent)

		if lockedHTML != wrongHTML || lockedWork != wrongWork {
			t.Errorf("%s of a locked account: work %+v, want %+v; the responses:\n%s\n%s", name, lockedWork, wrongWork, lockedHTML, wrongHTML)
		}
	}
}

func TestSignIn_failsIfTheAccountIsLockedMeanwhile(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin, user := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("ada@example.com", "Ada")
	lockAccount := accounts.NewLockAccount(site.db, site.users, site.Sessions, atNoon)
	lock := func() {
		if _, err := lockAccount(as(t, admin), user.ID); err != nil {
			t.Error(err)
		}
	}
	site.hashing.meanwhile.Store(&lock)

	browser := site.visitor()
	browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")

	browser.signedIn("")
}

// In any order, the user is signed out afterwards.
func TestLockAccount_duringConcurrentSignIns(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin, user := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("ada@example.com", "Ada")
	lock := accounts.NewLockAccount(site.db, site.users, site.Sessions, time.Now)
	browsers := make([]*browser, 8)
	var group sync.WaitGroup
	for i := range browsers {
		browsers[i] = site.visitor()
		group.Go(func() { browsers[i].post("/sign-in", signInFields(user.Email, password)) })
	}
	group.Go(func() {
		if _, err := lock(as(t, admin), user.ID); err != nil {
			t.Errorf("LockAccount: %v", err)
		}
	})
	group.Wait()

	for _, browser := range browsers {
		browser.signedIn("")
	}
	if sessions, err := site.Sessions.List(t.Context(), user.ID); err != nil || len(sessions) != 0 {
		t.Errorf("%d sessions remain, %v, want none", len(sessions), err)
	}
}

func TestDeleteAccount_countsOnlyAdministratorsWhoCanSignIn(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	locked := site.user("b@example.com", "Ben", auth.RoleAdmin)
	locked.LockedAt = noon
	if err := site.users.Save(t.Context(), locked); err != nil {
		t.Fatal(err)
	}
	browser := site.as(site.user("alan@example.com", "Alan", auth.RoleAdmin))

	browser.post("/account/delete", url.Values{"password": {password}}).is(http.StatusConflict, "/account/delete")

	browser.signedIn("Alan")
}

func TestSignIn_worksAgainAfterUnlocking(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin, user := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("ada@example.com", "Ada")
	browser := site.visitor()
	if _, err := accounts.NewLockAccount(site.db, site.users, site.Sessions, atNoon)(as(t, admin), user.ID); err != nil {
		t.Fatal(err)
	}
	browser.post("/sign-in", signInFields(user.Email, password)).is(http.StatusUnprocessableEntity, "/sign-in")

	if _, err := accounts.NewUnlockAccount(site.db, site.users, atNoon)(as(t, admin), user.ID); err != nil {
		t.Fatal(err)
	}

	browser.post("/sign-in", signInFields(user.Email, password)).is(http.StatusOK, "/")
	browser.signedIn("Ada")
}
