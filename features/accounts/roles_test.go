package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

func TestAdminUsers_areForAdministrators(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	editor := site.user("ada@example.com", "Ada", auth.RoleEditor)

	site.visitor().get("/admin/users").is(http.StatusOK, "/sign-in?next=%2Fadmin%2Fusers")
	site.as(editor).get("/admin/users").is(http.StatusForbidden, "/admin/users")
	path := "/admin/users/" + editor.ID + "/roles/grant"
	site.as(editor).post(path, url.Values{"role": {auth.RoleAdmin}}).is(http.StatusForbidden, path)
}

func TestAdminUsers_grantsAndRevokesRoles(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin, reader := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("grace@example.com", "Grace")
	browser := site.as(admin)
	press := func(label, want string) {
		t.Helper()
		row := browser.get("/admin/users?q=grace").is(http.StatusOK, "/admin/users?q=grace").Find(`[data-user="` + reader.ID + `"]`)
		form := row.Find(`button[aria-label="` + label + `: Grace"]`).Closest("form")
		fields := url.Values{"back": {form.Find(`[name="back"]`).AttrOr("value", "")}, "role": {form.Find(`[name="role"]`).AttrOr("value", "")}}
		shown := browser.post(form.AttrOr("action", ""), fields).is(http.StatusOK, "/admin/users?q=grace")
		if got := shown.Find(`[data-user="`+reader.ID+`"] [data-roles]`).AttrOr("data-roles", ""); got != want {
			t.Errorf("after %q the roles are %q, want %q", label, got, want)
		}
		if flash := strings.ReplaceAll(want, " ", ", ") + "."; !strings.HasPrefix(shown.text("#flash"), "Grace now has the role") || !strings.HasSuffix(shown.text("#flash"), flash) {
			t.Errorf("got the message %q, want that Grace now has %s", shown.text("#flash"), flash)
		}
	}

	press("Make admin", "reader admin")
	press("Make editor", "reader editor admin")
	press("Remove admin", "reader editor")
	press("Remove editor", "reader")

	want := []string{
		"roles changed " + reader.ID + ": reader, admin", "roles changed " + reader.ID + ": reader, editor, admin",
		"roles changed " + reader.ID + ": reader, editor", "roles changed " + reader.ID + ": reader",
	}
	if notified := site.watcher.Calls(); !slices.Equal(notified, want) {
		t.Errorf("the watcher was notified of %q, want %q", notified, want)
	}
}

func TestAdminUsers_takeEffectOnTheNextPage(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin, other := site.user("alan@example.com", "Alan", auth.RoleAdmin), site.user("grace@example.com", "Grace", auth.RoleAdmin)
	demoted := site.as(other)
	demoted.get("/admin/users").is(http.StatusOK, "/admin/users")

	site.as(admin).post("/admin/users/"+other.ID+"/roles/revoke", url.Values{"role": {auth.RoleAdmin}}).is(http.StatusOK, "/admin/users")

	demoted.get("/admin/users").is(http.StatusForbidden, "/admin/users")
}

func TestAdminUsers_rejectInvalidChanges(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin := site.user("alan@example.com", "Alan", auth.RoleAdmin)
	browser := site.as(admin)
	missing := newUser("nobody@example.com")
	for name, test := range map[string]struct {
		path, role string
		status     int
	}{
		"the administrator's own role": {admin.ID + "/roles/revoke", auth.RoleAdmin, http.StatusConflict},
		"the role that everyone has":   {admin.ID + "/roles/revoke", auth.RoleReader, http.StatusUnprocessableEntity},
		"an unknown role, to grant":    {admin.ID + "/roles/grant", "king", http.StatusUnprocessableEntity},
		"an unknown role, to revoke":   {admin.ID + "/roles/revoke", "", http.StatusUnprocessableEntity},
		"an unknown user":              {missing.ID + "/roles/grant", auth.RoleEditor, http.StatusNotFound},
		"an invalid ID":                {"garbage/roles/grant", auth.RoleEditor, http.StatusNotFound},
	} {
		if shown := browser.post("/admin/users/"+test.path, url.Values{"role": {test.role}}); shown.Status != test.status {
			t.Errorf("%s: status %d, want %d", name, shown.Status, test.status)
		}
	}
	if notified := site.watcher.Calls(); len(notified) != 0 {
		t.Errorf("the watcher was notified of %q", notified)
	}
}

func TestAdminUsers_redirectBackToTheListOnly(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.as(site.user("alan@example.com", "Alan", auth.RoleAdmin))
	reader := site.user("grace@example.com", "Grace")
	for back, want := range map[string]string{
		"/admin/users?q=a&older=" + reader.ID: "/admin/users?q=a&older=" + reader.ID, "": "/admin/users", "/desk": "/admin/users",
		"//evil.example/admin/users": "/admin/users", "https://evil.example/admin/users": "/admin/users", "%zz": "/admin/users",
	} {
		browser.post("/admin/users/"+reader.ID+"/roles/grant", url.Values{"role": {auth.RoleEditor}, "back": {back}}).is(http.StatusOK, want)
	}
}

func TestAdminUsers_pageThroughAllUsers(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	var want []string // newest first
	for i := range 59 {
		user := newUser(fmt.Sprintf("reader%02d@example.com", i))
		site.create(t, user)
		want = slices.Insert(want, 0, user.ID)
	}
	admin := site.user("alan@example.com", "Alan", auth.RoleAdmin)
	want = slices.Insert(want, 0, admin.ID)
	browser := site.as(admin)

	var forward, backward []string
	var pages []int
	shown := browser.get("/admin/users")
	for {
		forward = append(forward, userIDs(shown)...)
		pages = append(pages, len(userIDs(shown)))
		next, more := shown.Find(`a[rel="next"]`).Attr("href")
		if !more || len(pages) > 9 {
			break
		}
		shown = browser.get(next)
	}
	for {
		backward = append(userIDs(shown), backward...)
		previous, more := shown.Find(`a[rel="prev"]`).Attr("href")
		if !more || len(backward) > 99 {
			break
		}
		shown = browser.get(previous)
	}

	if !slices.Equal(pages, []int{25, 25, 10}) || !slices.Equal(forward, want) || !slices.Equal(backward, want) {
		t.Errorf("pages of %v; forward all in order: %v; backward: %v", pages, slices.Equal(forward, want), slices.Equal(backward, want))
	}
}

func userIDs(shown page) []string {
	return shown.Find("[data-user]").Map(func(_ int, row *goquery.Selection) string { return row.AttrOr("data-user", "") })
}

func TestAdminUsers_search(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	admin := site.user("alan@example.com", "Alan Turing", auth.RoleAdmin)
	grace := site.user("grace@example.org", "Grace Hopper")
	browser := site.as(admin)
	for search, want := range map[string][]string{
		"HOPPER": {grace.ID}, " example.org ": {grace.ID}, "alan": {admin.ID}, "": {grace.ID, admin.ID}, "nobody": nil, "\x00\xff": {grace.ID, admin.ID},
	} {
		shown := browser.get("/admin/users?" + url.Values{"q": {search}}.Encode())
		if got := userIDs(shown); !slices.Equal(got, want) || shown.Status != http.StatusOK {
			t.Errorf("search for %q: status %d, users %v, want %v", search, shown.Status, got, want)
		}
	}
	browser.get("/admin/users?older=garbage").is(http.StatusNotFound, "/admin/users?older=garbage")
	if row := browser.get("/admin/users").Find(`[data-user="` + admin.ID + `"]`); strings.Contains(row.Text(), "Remove admin") {
		t.Error("the page offers administrators to remove their own role")
	}
}

func TestRevokeRole_keepsAnAdministratorWhenTwoRevokeEachOther(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	first, second := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com", auth.RoleAdmin)
	s.create(t, first, second)
	revoke := accounts.NewRevokeRole(s.db, s.users, authtest.NewWatcher(), atNoon)
	errs := make([]error, 2)
	var group sync.WaitGroup
	for i, pair := range [][2]accounts.User{{first, second}, {second, first}} {
		group.Go(func() {
			_, errs[i] = revoke(as(t, pair[0]), accounts.RoleInput{UserID: pair[1].ID, Role: auth.RoleAdmin})
		})
	}
	group.Wait()

	admins, err := s.users.AdminsForUpdate(t.Context())
	if err != nil || len(admins) != 1 {
		t.Errorf("%d administrators are left, %v, want 1", len(admins), err)
	}
	if joined := errors.Join(errs...); !errors.Is(joined, fault.Forbidden) {
		t.Errorf("the slower one failed with %v, want fault.Forbidden", joined)
	}
}

// If the response to a commit is lost, the sockets weren't notified. Repeating the
// change notifies them.
func TestRoles_notifySocketsEvenIfNothingChanged(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	admin, reader := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com")
	s.create(t, admin, reader)
	watcher := authtest.NewWatcher()
	ctx := as(t, admin)

	_, revokeErr := accounts.NewRevokeRole(s.db, s.users, watcher, atNoon)(ctx, accounts.RoleInput{UserID: reader.ID, Role: auth.RoleEditor})
	_, grantErr := accounts.NewGrantRole(s.db, s.users, watcher, atNoon)(ctx, accounts.RoleInput{UserID: admin.ID, Role: auth.RoleAdmin})
	makeErr := accounts.NewMakeAdmin(s.db, s.users, watcher, atNoon)(t.Context(), admin.Email)

	want := []string{
		"roles changed " + reader.ID + ": reader", "roles changed " + admin.ID + ": reader, admin",
		"roles changed " + admin.ID + ": reader, admin",
	}
	if err := errors.Join(revokeErr, grantErr, makeErr); err != nil || !slices.Equal(watcher.Calls(), want) {
		t.Errorf("errors %v, the watcher was notified of %q, want %q", err, watcher.Calls(), want)
	}
}

// A role is revoked after a grant has committed, but before its notification.
func TestRoles_lastNotificationHasTheStoredRoles(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	admin, reader := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com")
	s.create(t, admin, reader)
	watcher := authtest.NewWatcher()
	editor := accounts.RoleInput{UserID: reader.ID, Role: auth.RoleEditor}

	err := s.db.InTx(as(t, admin), func(ctx context.Context) error {
		database.AfterCommit(ctx, func(ctx context.Context) {
			if _, err := accounts.NewRevokeRole(s.db, s.users, watcher, atNoon)(ctx, editor); err != nil {
				t.Error(err)
			}
		})
		_, err := accounts.NewGrantRole(s.db, s.users, watcher, atNoon)(ctx, editor)
		return err
	})

	calls := watcher.Calls()
	if last := "roles changed " + reader.ID + ": reader"; err != nil || len(calls) != 2 || calls[1] != last {
		t.Errorf("error %v, the watcher was notified of %q, want the last to be %q", err, calls, last)
	}
}

func TestListUsers_isForAdministrators(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	reader := newUser("b@example.com")
	s.create(t, reader)

	if _, err := accounts.NewListUsers(s.users)(as(t, reader), accounts.ListUsersInput{}); !errors.Is(err, fault.Forbidden) {
		t.Errorf("ListUsers by a reader = %v, want fault.Forbidden", err)
	}
}

func TestMakeAdmin_makesTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	s.create(t, newUser("ada@example.com"))
	watcher := authtest.NewWatcher()
	makeAdmin := accounts.NewMakeAdmin(s.db, s.users, watcher, atNoon)

	err := errors.Join(makeAdmin(t.Context(), " ADA@example.com"), makeAdmin(t.Context(), "ada@example.com"))

	found, findErr := s.users.FindByEmail(t.Context(), "ada@example.com")
	if err != nil || findErr != nil || !slices.Equal(found.Roles, []string{auth.RoleReader, auth.RoleAdmin}) || len(watcher.Calls()) != 2 {
		t.Errorf("errors %v, %v; roles %v; the watcher was notified of %q", err, findErr, found.Roles, watcher.Calls())
	}
	if err := makeAdmin(t.Context(), "nobody@example.com"); !errors.Is(err, fault.NotFound) {
		t.Errorf("MakeAdmin of an unknown user = %v, want fault.NotFound", err)
	}
	if err := makeAdmin(t.Context(), "garbage"); !errors.Is(err, fault.Invalid) {
		t.Errorf("MakeAdmin of an invalid address = %v, want fault.Invalid", err)
	}
}
