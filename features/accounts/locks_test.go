package accounts_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

// press presses a button in a user's row of the list, as it is offered there.
func press(b *browser, user accounts.User, label string) page {
	b.t.Helper()
	list := b.get("/admin/users?q=" + url.QueryEscape(user.Email))
	form := list.Find(`[data-user="` + user.ID + `"] button[aria-label="` + label + `: ` + user.Name + `"]`).Closest("form")
	if form.Length() == 0 {
		b.t.Fatalf("the list offers no button %q for %s; it says %q", label, user.Name, list.text(`[data-user="`+user.ID+`"]`))
	}
	return b.post(form.AttrOr("action", ""), url.Values{"back": {form.Find(`[name="back"]`).AttrOr("value", "")}})
}

// locked is whether the list says so of a user.
func (p page) locked(user accounts.User) bool {
	return p.Find(`[data-user="`+user.ID+`"] [data-locked]`).Length() == 1
}

func TestAdminUsers_signOutEverywhere(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		admin, grace := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("grace@example.com", "Grace")
		laptop, phone, ada := site.as(grace), site.as(grace), site.as(site.user("ada@example.com", "Ada"))
		browser := site.as(admin)

		shown := press(browser, grace, "Sign out everywhere").is(http.StatusOK, "/admin/users?q=grace%40example.com")

		if got := shown.text("#flash"); got != "Grace is signed out everywhere." || shown.locked(grace) {
			t.Errorf("the page says %q, and that the account is locked: %v", got, shown.locked(grace))
		}
		laptop.signedIn("")
		phone.signedIn("")
		ada.signedIn("Ada")
		browser.signedIn("Alan")
		if told := site.watcher.Told(); !slices.Equal(told, []string{"user signed out " + grace.ID}) {
			t.Errorf("watcher was told %q", told)
		}
		laptop.post("/sign-in", signInFields(grace.Email, password)).is(http.StatusOK, "/")
		laptop.signedIn("Grace")
	})
}

func TestAdminUsers_lockAndUnlock(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		admin, grace := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("grace@example.com", "Grace", auth.RoleEditor)
		laptop, phone, browser := site.as(grace), site.as(grace), site.as(admin)

		shown := press(browser, grace, "Lock").is(http.StatusOK, "/admin/users?q=grace%40example.com")

		if !shown.locked(grace) || shown.locked(admin) || !strings.HasPrefix(shown.text("#flash"), "Grace is locked out") {
			t.Errorf("the page says %q, and shows the lock: %v", shown.text("#flash"), shown.locked(grace))
		}
		laptop.signedIn("")
		phone.signedIn("")
		if told := site.watcher.Told(); !slices.Equal(told, []string{"user signed out " + grace.ID}) {
			t.Errorf("watcher was told %q", told)
		}
		laptop.post("/sign-in", signInFields(grace.Email, password)).is(http.StatusUnprocessableEntity, "/sign-in")
		laptop.signedIn("")

		shown = press(browser, grace, "Unlock").is(http.StatusOK, "/admin/users?q=grace%40example.com")

		if shown.locked(grace) || shown.text("#flash") != "Grace can sign in again." {
			t.Errorf("the page says %q, and shows the lock: %v", shown.text("#flash"), shown.locked(grace))
		}
		phone.signedIn("") // what is over stays over
		laptop.post("/sign-in", signInFields(grace.Email, password)).is(http.StatusOK, "/")
		laptop.signedIn("Grace")
		if roles := shown.Find(`[data-user="`+grace.ID+`"] [data-roles]`).AttrOr("data-roles", ""); roles != "reader editor" {
			t.Errorf("the roles are %q, want those of before", roles)
		}
	})
}

func TestAdminUsers_accessIsForAdministrators(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	editor, grace := site.user("ada@example.com", "Ada", auth.RoleEditor), site.user("grace@example.com", "Grace")
	reader := site.as(grace)
	for _, verb := range []string{"sign-out", "lock", "unlock"} {
		path := "/admin/users/" + grace.ID + "/" + verb

		site.as(editor).post(path, nil).is(http.StatusForbidden, path)
		if shown := site.visitor().post(path, nil); shown.status != http.StatusUnauthorized {
			t.Errorf("%s by a visitor: status %d, want %d", verb, shown.status, http.StatusUnauthorized)
		}
	}
	reader.signedIn("Grace")
}

func TestAdminUsers_refusesToLock(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		admin, nobody := site.user("alan@example.com", "Alan", auth.RoleAdmin), newUser("nobody@example.com")
		browser := site.as(admin)
		for path, status := range map[string]int{
			admin.ID + "/lock":      http.StatusConflict,
			nobody.ID + "/lock":     http.StatusNotFound,
			nobody.ID + "/unlock":   http.StatusNotFound,
			nobody.ID + "/sign-out": http.StatusNotFound,
			"garbage/lock":          http.StatusNotFound,
		} {
			if shown := browser.post("/admin/users/"+path, nil); shown.status != status {
				t.Errorf("%s: status %d, want %d", path, shown.status, status)
			}
		}
		row := browser.get("/admin/users").Find(`[data-user="` + admin.ID + `"]`)
		if text := row.Text(); strings.Contains(text, "Lock") || strings.Contains(text, "Sign out") {
			t.Errorf("an administrator is offered to lock the own account: %q", text)
		}
		browser.signedIn("Alan")
	})
}

// Whoever is kept out learns no more than who does not know the password.
func TestSignIn_answersAlikeForLockedAccountsAndWrongPasswords(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		options := cheap
		options.Passes = 2
		passwords := &countingPasswords{Passwords: accounts.NewPasswords(options)} // every stored hash is stale
		site := newSite(t, s, func(chosen *setup) { chosen.passwords = passwords })
		locked := site.user("ada@example.com", "Ada")
		locked.LockedAt = noon
		if err := s.users.Save(t.Context(), locked); err != nil {
			t.Fatal(err)
		}
		site.user("eva@example.com", "Eva")
		type work struct{ verified, hashed int64 }
		answer := func(email, password string) (string, work) {
			verified, hashed := passwords.verifications.Load(), passwords.hashes.Load()
			shown := site.visitor().post("/sign-in", signInFields(email, password)).is(http.StatusUnprocessableEntity, "/sign-in")
			html, _ := shown.Html()
			return strings.ReplaceAll(html, "ada@", "eva@"), work{passwords.verifications.Load() - verified, passwords.hashes.Load() - hashed}
		}

		wrongHTML, wrongWork := answer("eva@example.com", "wrong horse")
		for name, sent := range map[string]string{"the right password": password, "a wrong password": "wrong horse"} {
			lockedHTML, lockedWork := answer("ada@example.com", sent)

			if lockedHTML != wrongHTML || lockedWork != wrongWork {
				t.Errorf("%s of a locked account: work %+v, want %+v; the answers:\n%s\n%s", name, lockedWork, wrongWork, lockedHTML, wrongHTML)
			}
		}
	})
}

func TestSignIn_doesNotOutrunALock(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		admin, user := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("ada@example.com", "Ada")
		lockAccount := accounts.NewLockAccount(s.users, s.tx, site.sessions, atNoon)
		lock := func() {
			if _, err := lockAccount(identity(t.Context(), admin), user.ID); err != nil {
				t.Error(err)
			}
		}
		site.passwords.meanwhile.Store(&lock)

		browser := site.visitor()
		browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")

		browser.signedIn("")
	})
}

// However a lock and sign-ins meet, nobody is signed in afterwards.
func TestLockAccount_againstSignInsAtTheSameTime(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		admin, user := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("ada@example.com", "Ada")
		lock := accounts.NewLockAccount(s.users, s.tx, site.sessions, time.Now)
		browsers := make([]*browser, 8)
		var working sync.WaitGroup
		for i := range browsers {
			browsers[i] = site.visitor()
			working.Go(func() { browsers[i].post("/sign-in", signInFields(user.Email, password)) })
		}
		working.Go(func() {
			if _, err := lock(identity(t.Context(), admin), user.ID); err != nil {
				t.Errorf("LockAccount: %v", err)
			}
		})
		working.Wait()

		for _, browser := range browsers {
			browser.signedIn("")
		}
		if sessions, err := site.sessions.List(t.Context(), user.ID); err != nil || len(sessions) != 0 {
			t.Errorf("%d sessions are left, %v, want none", len(sessions), err)
		}
	})
}

// A session that was stored in spite of everything is worth nothing while its
// user is locked.
func TestSessions_ofALockedUserAreNone(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		user := site.user("ada@example.com", "Ada")
		browser := site.as(user)
		browser.signedIn("Ada")
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, cookie := range browser.http.Jar.Cookies(mustParse(t, site.url)) {
			request.AddCookie(cookie)
		}

		user.LockedAt = noon
		if err := s.users.Save(t.Context(), user); err != nil { // without an end of the session
			t.Fatal(err)
		}

		if _, err := site.sessions.Authenticate(request); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("Authenticate for a socket = %v, want fault.Unauthenticated", err)
		}
		browser.signedIn("")
		browser.get("/account").is(http.StatusOK, "/sign-in?next=%2Faccount")
	})
}

func TestLockAccount_keepsAnAdministratorWhenTwoLockEachOther(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		first, second := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com", auth.RoleAdmin)
		s.create(t, first, second)
		lock := accounts.NewLockAccount(s.users, s.tx, auth.NewSessions(s.store, authtest.NewWatcher(), auth.Options{}), atNoon)
		errs := make([]error, 2)
		var working sync.WaitGroup
		for i, pair := range [][2]accounts.User{{first, second}, {second, first}} {
			working.Go(func() { _, errs[i] = lock(identity(t.Context(), pair[0]), pair[1].ID) })
		}
		working.Wait()

		admins, err := s.users.AdminsForUpdate(t.Context())
		if err != nil || len(admins) != 1 {
			t.Errorf("%d administrators can sign in, %v, want 1", len(admins), err)
		}
		if joined := errors.Join(errs...); !errors.Is(joined, fault.Forbidden) {
			t.Errorf("the slower one got %v, want fault.Forbidden", joined)
		}
	})
}

// The answer to a commit may be lost, and the sockets with it were told
// nothing. Whoever locks the account again closes them.
func TestLockAccount_closesTheSocketsOfWhoIsLockedAlready(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		admin, locked := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com")
		locked.LockedAt = noon
		s.create(t, admin, locked)
		watcher := authtest.NewWatcher()
		sessions := auth.NewSessions(s.store, watcher, auth.Options{})

		user, err := accounts.NewLockAccount(unwritten{s.users}, s.tx, sessions, time.Now)(identity(t.Context(), admin), locked.ID)

		if err != nil || !user.LockedAt.Equal(noon) {
			t.Errorf("LockAccount = locked since %v, %v, want noon", user.LockedAt, err)
		}
		if told, want := watcher.Told(), []string{"user signed out " + locked.ID}; !slices.Equal(told, want) {
			t.Errorf("watcher was told %q, want %q", told, want)
		}
	})
}

// unwritten are users of whom nothing is to be written, since nothing changes.
type unwritten struct{ accounts.Users }

func (unwritten) Save(context.Context, accounts.User) error {
	return errors.New("a user was written who has not changed")
}

func TestLockAccount_twiceIsNoFailureAndLeavesWhatIsStored(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		admin, user := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com")
		s.create(t, admin, user)
		watcher := authtest.NewWatcher()
		sessions := auth.NewSessions(s.store, watcher, auth.Options{})
		ctx := identity(t.Context(), admin)

		first, firstErr := accounts.NewLockAccount(s.users, s.tx, sessions, atNoon)(ctx, user.ID)
		second, secondErr := accounts.NewLockAccount(s.users, s.tx, sessions, time.Now)(ctx, user.ID)

		if err := errors.Join(firstErr, secondErr); err != nil || !first.LockedAt.Equal(noon) || !second.LockedAt.Equal(noon) {
			t.Errorf("locked since %v, then %v, %v, want noon", first.LockedAt, second.LockedAt, err)
		}
		// Told twice: the second may be there because the first was not heard.
		if told, once := watcher.Told(), "user signed out "+user.ID; !slices.Equal(told, []string{once, once}) {
			t.Errorf("watcher was told %q, want twice that the user is signed out", told)
		}
		unlock := accounts.NewUnlockAccount(s.users, s.tx, atNoon)
		_, firstErr = unlock(ctx, user.ID)
		unlocked, secondErr := unlock(ctx, user.ID)
		if err := errors.Join(firstErr, secondErr); err != nil || unlocked.Locked() {
			t.Errorf("UnlockAccount twice = locked: %v, %v", unlocked.Locked(), err)
		}
	})
}

func TestAccess_isForAdministrators(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		lockedAdmin, editor := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com", auth.RoleEditor)
		lockedAdmin.LockedAt = noon
		s.create(t, lockedAdmin, editor)
		sessions := auth.NewSessions(s.store, authtest.NewWatcher(), auth.Options{})
		for name, use := range map[string]func(context.Context, string) (accounts.User, error){
			"LockAccount":       accounts.NewLockAccount(s.users, s.tx, sessions, atNoon),
			"UnlockAccount":     accounts.NewUnlockAccount(s.users, s.tx, atNoon),
			"SignOutEverywhere": accounts.NewSignOutEverywhere(s.users, s.tx, sessions),
		} {
			for who, ctx := range map[string]context.Context{
				"a visitor": t.Context(),
				"an editor": identity(t.Context(), editor),
				// A request that was under way when its administrator was locked.
				"a locked administrator": identity(t.Context(), lockedAdmin),
			} {
				if _, err := use(ctx, editor.ID); !errors.Is(err, fault.Forbidden) {
					t.Errorf("%s by %s = %v, want fault.Forbidden", name, who, err)
				}
			}
		}
	})
}

func TestSignOutEverywhere_endsTheOwnSessionToo(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	admin := site.user("alan@example.com", "Alan", auth.RoleAdmin)
	browser := site.as(admin)

	browser.post("/admin/users/"+admin.ID+"/sign-out", nil).is(http.StatusOK, "/sign-in?next=%2Fadmin%2Fusers")

	browser.signedIn("")
}

func TestDeleteAccount_countsOnlyAdministratorsWhoCanSignIn(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		locked := newUser("b@example.com", auth.RoleAdmin)
		locked.LockedAt = noon
		s.create(t, locked)
		browser := site.as(site.user("alan@example.com", "Alan", auth.RoleAdmin))

		browser.post("/account/delete", url.Values{"delete_password": {password}}).is(http.StatusConflict, "/account/delete")

		browser.signedIn("Alan")
	})
}

func TestAppointAdmin_unlocks(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		locked := newUser("a@example.com", auth.RoleAdmin)
		locked.LockedAt = noon
		s.create(t, locked)

		err := accounts.NewAppointAdmin(s.users, s.tx, authtest.NewWatcher(), atNoon)(t.Context(), locked.Email)

		if found, findErr := s.users.Find(t.Context(), locked.ID); err != nil || findErr != nil || found.Locked() {
			t.Errorf("AppointAdmin = %v; locked: %v, %v", err, found.Locked(), findErr)
		}
	})
}

func TestFindUsers_leavesOutWhoIsNotThere(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		ada, locked := newUser("ada@example.com", auth.RoleEditor), newUser("eva@example.com")
		locked.LockedAt = noon
		s.create(t, ada, locked)

		found, err := accounts.NewFindUsers(s.users)(t.Context(), []string{ada.ID, locked.ID, newUser("nobody@example.com").ID, "garbage"})

		if err != nil || len(found) != 2 || found[ada.ID].Name != ada.Name || !found[ada.ID].HasRole(auth.RoleEditor) || found[locked.ID].Email != locked.Email {
			t.Errorf("FindUsers = %+v, %v, want two users", found, err)
		}
	})
}
