package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

func same(a, b accounts.User) bool {
	for _, user := range []*accounts.User{&a, &b} {
		user.CreatedAt, user.UpdatedAt = user.CreatedAt.UTC(), user.UpdatedAt.UTC()
		user.LockedAt, user.VerifiedAt = user.LockedAt.UTC(), user.VerifiedAt.UTC()
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}

func TestUsers_findCreatedUsers(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	want := newUser("ada@example.com", auth.RoleEditor)
	s.create(t, want, newUser("grace@example.com"))

	for name, find := range map[string]func() (accounts.User, error){
		"Find":          func() (accounts.User, error) { return s.users.Find(t.Context(), want.ID) },
		"FindByEmail":   func() (accounts.User, error) { return s.users.FindByEmail(t.Context(), want.Email) },
		"FindForUpdate": func() (accounts.User, error) { return s.users.FindForUpdate(t.Context(), want.ID) },
	} {
		if got, err := find(); err != nil || !same(got, want) {
			t.Errorf("%s = %+v, %v, want %+v", name, got, err, want)
		}
	}
}

func TestUsers_failForUnknownUsers(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	missing := newUser("nobody@example.com")

	for _, id := range []string{missing.ID, "garbage", ""} {
		if _, err := s.users.Find(t.Context(), id); !errors.Is(err, fault.NotFound) {
			t.Errorf("Find(%q) = %v, want fault.NotFound", id, err)
		}
		if _, err := s.users.FindForUpdate(t.Context(), id); !errors.Is(err, fault.NotFound) {
			t.Errorf("FindForUpdate(%q) = %v, want fault.NotFound", id, err)
		}
	}
	if _, err := s.users.FindByEmail(t.Context(), missing.Email); !errors.Is(err, fault.NotFound) {
		t.Errorf("FindByEmail = %v, want fault.NotFound", err)
	}
	if err := s.users.Save(t.Context(), missing); !errors.Is(err, fault.NotFound) {
		t.Errorf("Save = %v, want fault.NotFound", err)
	}
	if err := s.users.Delete(t.Context(), missing.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("Delete = %v, want fault.NotFound", err)
	}
}

func TestUsers_createOneUserPerAddress(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	var created atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			ok, err := s.users.Create(t.Context(), newUser("ada@example.com"))
			if err != nil {
				t.Errorf("Create: %v", err)
			}
			if ok {
				created.Add(1)
			}
		})
	}
	group.Wait()

	if created.Load() != 1 {
		t.Errorf("created %d users with the same address, want 1", created.Load())
	}
}

func TestUsers_saveAndDelete(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	user := newUser("ada@example.com")
	s.create(t, user)
	user.Email, user.Name, user.Roles = "king@example.com", "Ada King", []string{auth.RoleReader, auth.RoleAdmin}
	user.UpdatedAt, user.VerifiedAt = noon.Add(time.Hour), noon.Add(time.Minute)

	if err := s.users.Save(t.Context(), user); err != nil {
		t.Fatalf("Save: %v", err)
	}
	if got, err := s.users.Find(t.Context(), user.ID); err != nil || !same(got, user) {
		t.Errorf("Find = %+v, %v, want %+v", got, err, user)
	}
	if err := s.users.Delete(t.Context(), user.ID); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	if _, err := s.users.Find(t.Context(), user.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("Find after Delete = %v, want fault.NotFound", err)
	}
}

func TestUsers_findManyOfThoseThatExist(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	ada, grace, missing := newUser("ada@example.com"), newUser("grace@example.com"), newUser("nobody@example.com")
	s.create(t, ada, grace, newUser("alan@example.com"))

	found, err := s.users.FindMany(t.Context(), []string{grace.ID, missing.ID, "garbage", "", ada.ID, grace.ID})

	slices.SortFunc(found, func(a, b accounts.User) int { return strings.Compare(a.Email, b.Email) })
	if err != nil || len(found) != 2 || !same(found[0], ada) || !same(found[1], grace) {
		t.Errorf("FindMany = %+v, %v, want ada and grace", found, err)
	}
	for _, ids := range [][]string{nil, {"garbage"}, {missing.ID}} {
		if found, err := s.users.FindMany(t.Context(), ids); err != nil || len(found) != 0 {
			t.Errorf("FindMany(%q) = %+v, %v, want none", ids, found, err)
		}
	}
}

func TestUsers_hideLockedUsersFromAuth(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	user := newUser("ada@example.com", auth.RoleAdmin)
	s.create(t, user)
	for _, lockedAt := range []time.Time{noon.Add(time.Minute), {}} {
		user.LockedAt = lockedAt

		if err := s.users.Save(t.Context(), user); err != nil {
			t.Fatalf("Save: %v", err)
		}

		found, err := s.users.Find(t.Context(), user.ID)
		if err != nil || !same(found, user) || found.Locked() != !lockedAt.IsZero() {
			t.Errorf("Find = %+v, %v, want %+v", found, err, user)
		}
		var visible bool
		err = s.db.QueryRow(t.Context(), `select exists (select from auth_users where id = $1)`, user.ID).Scan(&visible)
		if err != nil || visible == user.Locked() {
			t.Errorf("auth_users has the user: %v, %v; locked: %v", visible, err, user.Locked())
		}
		admins, err := s.users.AdminsForUpdate(t.Context())
		if err != nil || slices.Contains(admins, user.ID) == user.Locked() {
			t.Errorf("AdminsForUpdate = %v, %v for an administrator who is locked: %v", admins, err, user.Locked())
		}
	}
}

func TestUsers_createLockedUsers(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	locked := newUser("ada@example.com")
	locked.LockedAt = noon
	s.create(t, locked)

	if found, err := s.users.FindByEmail(t.Context(), locked.Email); err != nil || !same(found, locked) {
		t.Errorf("FindByEmail = %+v, %v, want %+v", found, err, locked)
	}
}

func TestUsers_listAdministrators(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	first, second := newUser("a@example.com", auth.RoleAdmin), newUser("b@example.com", auth.RoleEditor, auth.RoleAdmin)
	s.create(t, second, newUser("c@example.com", auth.RoleEditor), first)
	want := []string{first.ID, second.ID}

	got, err := s.users.AdminsForUpdate(t.Context())

	if slices.Sort(want); err != nil || !slices.Equal(got, want) {
		t.Errorf("AdminsForUpdate = %v, %v, want %v", got, err, want)
	}
}

func TestUsers_joinTheTransaction(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	saved, deleted, created := newUser("a@example.com"), newUser("b@example.com"), newUser("c@example.com")
	s.create(t, saved, deleted)
	errRollback := errors.New("roll back")

	err := s.db.InTx(t.Context(), func(ctx context.Context) error {
		changed := saved
		changed.Name = "Someone else"
		_, createErr := s.users.Create(ctx, created)
		return errors.Join(createErr, s.users.Save(ctx, changed), s.users.Delete(ctx, deleted.ID), errRollback)
	})

	if fmt.Sprint(err) != errRollback.Error() {
		t.Fatalf("InTx = %v, want only %q", err, errRollback)
	}
	if got, err := s.users.Find(t.Context(), saved.ID); err != nil || got.Name != saved.Name {
		t.Errorf("Find = %q, %v, want the name from before", got.Name, err)
	}
	if _, err := s.users.Find(t.Context(), deleted.ID); err != nil {
		t.Errorf("Find = %v, want the deleted user back", err)
	}
	if _, err := s.users.Find(t.Context(), created.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("Find = %v, want no created user", err)
	}
}

func TestUsers_listPagesNewestFirst(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	var ids []string // newest first
	for i := range 5 {
		user := newUser(strconv.Itoa(i) + "@example.com")
		s.create(t, user)
		ids = slices.Insert(ids, 0, user.ID)
	}
	for name, test := range map[string]struct {
		query accounts.UsersQuery
		want  []string
	}{
		"the newest":            {accounts.UsersQuery{Limit: 2}, ids[:2]},
		"older ones":            {accounts.UsersQuery{Limit: 2, OlderThan: ids[1]}, ids[2:4]},
		"the oldest":            {accounts.UsersQuery{Limit: 2, OlderThan: ids[3]}, ids[4:]},
		"older than the oldest": {accounts.UsersQuery{Limit: 2, OlderThan: ids[4]}, nil},
		"the next newer":        {accounts.UsersQuery{Limit: 2, NewerThan: ids[3]}, ids[1:3]},
		"the last newer":        {accounts.UsersQuery{Limit: 2, NewerThan: ids[1]}, ids[:1]},
	} {
		found, err := s.users.List(t.Context(), test.query)
		var got []string
		for _, user := range found {
			got = append(got, user.ID)
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: List = %v, %v, want %v", name, got, err, test.want)
		}
	}
}

func TestUsers_searchNamesAndAddressesInAnyCase(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	for email, name := range map[string]string{
		"ada@example.com": "Ada Lovelace", "zoe@example.org": "Zoë ÅNGSTRÖM", "100%_sure@example.com": `Back\slash`,
	} {
		user := newUser(email)
		user.Name = name
		s.create(t, user)
	}
	for search, want := range map[string]int{
		"": 3, "love": 1, "example.org": 1, "example": 3, "zoë å": 1, "ångström": 1, "%": 1, "_": 1, `\`: 1, "a%e": 0, "a_a": 0, "'": 0, "nobody": 0,
	} {
		found, err := s.users.List(t.Context(), accounts.UsersQuery{Search: search, Limit: 10})
		if err != nil || len(found) != want {
			t.Errorf("List(%q) = %d users, %v, want %d", search, len(found), err, want)
		}
	}
}
