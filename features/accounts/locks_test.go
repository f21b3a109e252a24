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

// press presses a button in a user's row of the list.
func press(b *browser, user accounts.User, label string) page {
	b.t.Helper()
	list := b.get("/admin/users?q=" + url.QueryEscape(user.Email))
	form := list.Find(`[data-user="` + user.ID + `"] button[aria-label="` + label + `: ` + user.Name + `"]`).Closest("form")
	if form.Length() == 0 {
		b.t.Fatalf("the list has no button %q for %s; the row is %q", label, user.Name, list.text(`[data-user="`+user.ID+`"]`))
	}
	return b.post(form.AttrOr("action", ""), url.Values{"back": {form.Find(`[name="back"]`).AttrOr("value", "")}})
}

// locked reports whether the list shows a user as locked.
func (p page) locked(user accounts.User) bool {
	return p.Find(`[data-user="`+user.ID+`"] [data-locked]`).Length() == 1
}

func TestAdminUsers_signOutAllDevices(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin, grace := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("grace@example.com", "Grace")
	laptop, phone, ada := site.as(grace), site.as(grace), site.as(site.user("ada@example.com", "Ada"))
	browser := site.as(admin)

	shown := press(browser, grace, "Sign out all devices").is(http.StatusOK, "/admin/users?q=grace%40example.com")

	if got := shown.text("#flash"); got != "Grace was signed out on all devices." || shown.locked(grace) {
		t.Errorf("got the message %q; shown as locked: %v", got, shown.locked(grace))
	}
	laptop.signedIn("")
	phone.signedIn("")
	ada.signedIn("Ada")
	browser.signedIn("Alan")
	if notified := site.watcher.Calls(); !slices.Equal(notified, []string{"user signed out " + grace.ID}) {
		t.Errorf("the watcher was notified of %q", notified)
	}
	site.as(grace).signedIn("Grace")
}

func TestAdminUsers_lockAndUnlock(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin, grace := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("grace@example.com", "Grace", auth.RoleEditor)
	laptop, phone, browser := site.as(grace), site.as(grace), site.as(admin)

	shown := press(browser, grace, "Lock").is(http.StatusOK, "/admin/users?q=grace%40example.com")

	if !shown.locked(grace) || shown.locked(admin) || !strings.HasPrefix(shown.text("#flash"), "The account of Grace is locked.") {
		t.Errorf("got the message %q; shown as locked: %v", shown.text("#flash"), shown.locked(grace))
	}
	laptop.signedIn("")
	phone.signedIn("")
	if notified := site.watcher.Calls(); !slices.Equal(notified, []string{"user signed out " + grace.ID}) {
		t.Errorf("the watcher was notified of %q", notified)
	}
	site.as(grace).signedIn("")

	shown = press(browser, grace, "Unlock").is(http.StatusOK, "/admin/users?q=grace%40example.com")

	if shown.locked(grace) || shown.text("#flash") != "Grace can sign in again." {
		t.Errorf("got the message %q; shown as locked: %v", shown.text("#flash"), shown.locked(grace))
	}
	phone.signedIn("") // a session that has ended doesn't come back
	site.as(grace).signedIn("Grace")
	if roles := shown.Find(`[data-user="`+grace.ID+`"] [data-roles]`).AttrOr("data-roles", ""); roles != "reader editor" {
		t.Errorf("the roles are %q, want the ones from before", roles)
	}
}

func TestAdminUsers_lockingIsForAdministrators(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	editor, grace := site.user("ada@example.com", "Ada", auth.RoleEditor), site.user("grace@example.com", "Grace")
	reader := site.as(grace)
	for _, verb := range []string{"sign-out", "lock", "unlock"} {
		path := "/admin/users/" + grace.ID + "/" + verb

		site.as(editor).post(path, nil).is(http.StatusForbidden, path)
		if shown := site.visitor().post(path, nil); shown.Status != http.StatusUnauthorized {
			t.Errorf("%s by a visitor: status %d, want %d", verb, shown.Status, http.StatusUnauthorized)
		}
	}
	reader.signedIn("Grace")
}

func TestAdminUsers_rejectInvalidLocks(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin, missing := site.user("alan@example.com", "Alan", auth.RoleAdmin), newUser("nobody@example.com")
	browser := site.as(admin)
	for path, status := range map[string]int{
		admin.ID + "/lock":       http.StatusConflict,
		missing.ID + "/lock":     http.StatusNotFound,
		missing.ID + "/unlock":   http.StatusNotFound,
		missing.ID + "/sign-out": http.StatusNotFound,
		"garbage/lock":           http.StatusNotFound,
	} {
		if shown := browser.post("/admin/users/"+path, nil); shown.Status != status {
			t.Errorf("%s: status %d, want %d", path, shown.Status, status)
		}
	}
	row := browser.get("/admin/users").Find(`[data-user="` + admin.ID + `"]`)
	if text := row.Text(); strings.Contains(text, "Lock") || strings.Contains(text, "Sign out") {
		t.Errorf("the page offers administrators to lock their own account: %q", text)
	}
	browser.signedIn("Alan")
}

// Even a session that still exists is invalid while its user is locked.
func TestLockedUser_hasNoValidSession(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	user := site.user("ada@example.com", "Ada")
	browser := site.as(user)
	browser.signedIn("Ada")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range browser.Cookies() {
		request.AddCookie(cookie)
	}

	user.LockedAt = noon
	if err := site.users.Save(t.Context(), user); err != nil { // without ending the session
		t.Fatal(err)
	}

	if _, err := site.sessions.Authenticate(request); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("Authenticate for a socket = %v, want fault.Unauthenticated", err)
	}
	browser.signedIn("")
	browser.get("/account").is(http.StatusOK, "/sign-in?next=%2Faccount")
}

func TestLockAccount_keepsAnAdministratorWhenTwoLockEachOther(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	first, second := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com", auth.RoleAdmin)
	s.create(t, first, second)
	lock := accounts.NewLockAccount(s.db, s.users, s.sessions(authtest.NewWatcher()), atNoon)
	errs := make([]error, 2)
	var group sync.WaitGroup
	for i, pair := range [][2]accounts.User{{first, second}, {second, first}} {
		group.Go(func() { _, errs[i] = lock(as(t, pair[0]), pair[1].ID) })
	}
	group.Wait()

	admins, err := s.users.AdminsForUpdate(t.Context())
	if err != nil || len(admins) != 1 {
		t.Errorf("%d administrators can sign in, %v, want 1", len(admins), err)
	}
	if joined := errors.Join(errs...); !errors.Is(joined, fault.Forbidden) {
		t.Errorf("the slower one failed with %v, want fault.Forbidden", joined)
	}
}

// If the response to a commit is lost, the sockets weren't closed. Locking the
// account again closes them.
func TestLockAccount_closesTheSocketsOfALockedAccount(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	admin, locked := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com")
	locked.LockedAt = noon
	s.create(t, admin, locked)
	watcher := authtest.NewWatcher()
	sessions := s.sessions(watcher)

	user, err := accounts.NewLockAccount(s.db, s.users, sessions, time.Now)(as(t, admin), locked.ID)

	if err != nil || !user.LockedAt.Equal(noon) {
		t.Errorf("LockAccount = locked since %v, %v, want noon", user.LockedAt, err)
	}
	if stored, err := s.users.Find(t.Context(), locked.ID); err != nil || !same(stored, locked) {
		t.Errorf("Find = %+v, %v, want the user unchanged", stored, err)
	}
	if notified, want := watcher.Calls(), []string{"user signed out " + locked.ID}; !slices.Equal(notified, want) {
		t.Errorf("the watcher was notified of %q, want %q", notified, want)
	}
}

func TestLockAccount_canBeRepeated(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	admin, user := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com")
	s.create(t, admin, user)
	watcher := authtest.NewWatcher()
	sessions := s.sessions(watcher)
	ctx := as(t, admin)

	first, firstErr := accounts.NewLockAccount(s.db, s.users, sessions, atNoon)(ctx, user.ID)
	second, secondErr := accounts.NewLockAccount(s.db, s.users, sessions, time.Now)(ctx, user.ID)

	if err := errors.Join(firstErr, secondErr); err != nil || !first.LockedAt.Equal(noon) || !second.LockedAt.Equal(noon) {
		t.Errorf("locked since %v, then %v, %v, want noon", first.LockedAt, second.LockedAt, err)
	}
	// Notified twice, because the first notification may have been lost.
	if notified, once := watcher.Calls(), "user signed out "+user.ID; !slices.Equal(notified, []string{once, once}) {
		t.Errorf("the watcher was notified of %q, want two sign-outs of the user", notified)
	}
	unlock := accounts.NewUnlockAccount(s.db, s.users, atNoon)
	_, firstErr = unlock(ctx, user.ID)
	unlocked, secondErr := unlock(ctx, user.ID)
	if err := errors.Join(firstErr, secondErr); err != nil || unlocked.Locked() {
		t.Errorf("UnlockAccount twice = locked: %v, %v", unlocked.Locked(), err)
	}
}

func TestLocking_isForAdministrators(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	lockedAdmin, editor := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com", auth.RoleEditor)
	lockedAdmin.LockedAt = noon
	s.create(t, lockedAdmin, editor)
	sessions := s.sessions(authtest.NewWatcher())
	for name, use := range map[string]func(context.Context, string) (accounts.User, error){
		"LockAccount":   accounts.NewLockAccount(s.db, s.users, sessions, atNoon),
		"UnlockAccount": accounts.NewUnlockAccount(s.db, s.users, atNoon),
		"SignOutUser":   accounts.NewSignOutUser(s.db, s.users, sessions),
	} {
		for who, ctx := range map[string]context.Context{
			"a visitor": t.Context(),
			"an editor": as(t, editor),
			// Their request started before the account was locked.
			"a locked administrator": as(t, lockedAdmin),
		} {
			if _, err := use(ctx, editor.ID); !errors.Is(err, fault.Forbidden) {
				t.Errorf("%s by %s = %v, want fault.Forbidden", name, who, err)
			}
		}
	}
}

func TestSignOutUser_endsTheAdministratorsOwnSession(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin := site.user("alan@example.com", "Alan", auth.RoleAdmin)
	browser := site.as(admin)

	browser.post("/admin/users/"+admin.ID+"/sign-out", nil).is(http.StatusOK, "/sign-in?next=%2Fadmin%2Fusers")

	browser.signedIn("")
}

func TestMakeAdmin_unlocks(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	locked := newUser("a@example.com", auth.RoleAdmin)
	locked.LockedAt = noon
	s.create(t, locked)

	err := accounts.NewMakeAdmin(s.db, s.users, authtest.NewWatcher(), atNoon)(t.Context(), locked.Email)

	if found, findErr := s.users.Find(t.Context(), locked.ID); err != nil || findErr != nil || found.Locked() {
		t.Errorf("MakeAdmin = %v; locked: %v, %v", err, found.Locked(), findErr)
	}
}

func TestFindUsers_leavesOutUnknownUsers(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	ada, locked := newUser("ada@example.com", auth.RoleEditor), newUser("eva@example.com")
	locked.LockedAt = noon
	s.create(t, ada, locked)

	found, err := accounts.NewFindUsers(s.users)(t.Context(), []string{ada.ID, locked.ID, newUser("nobody@example.com").ID, "garbage"})

	if err != nil || len(found) != 2 || found[ada.ID].Name != ada.Name || !found[ada.ID].HasRole(auth.RoleEditor) || found[locked.ID].Email != locked.Email {
		t.Errorf("FindUsers = %+v, %v, want two users", found, err)
	}
}
