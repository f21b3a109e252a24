package accounts_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

func TestListUserIDs_iteratesOverAllUsers(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	var want []string
	for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		user := newUser(email)
		s.create(t, user)
		want = append(want, user.ID)
	}
	slices.Sort(want)
	list := accounts.NewListUserIDs(s.users)

	var got []string
	for after := ""; ; after = got[len(got)-1] {
		ids, err := list(t.Context(), accounts.ListUserIDsInput{After: after, Limit: 2})
		if err != nil {
			t.Fatalf("list after %q: %v", after, err)
		}
		if len(ids) == 0 {
			break
		}
		got = append(got, ids...)
	}

	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestListUserIDs_rejectsInvalidInput(t *testing.T) {
	t.Parallel()
	list := accounts.NewListUserIDs(newStorage(t).users)

	for name, in := range map[string]accounts.ListUserIDsInput{
		"no limit":             {},
		"too many":             {Limit: accounts.MaxUserIDs + 1},
		"after something else": {After: "ada", Limit: 1},
	} {
		if _, err := list(t.Context(), in); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

func TestFindDeletedUsers_findsIDsWithoutAUser(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	here, left := newUser("here@example.com"), newUser("left@example.com")
	s.create(t, here, left)
	if err := s.users.Delete(t.Context(), left.ID); err != nil {
		t.Fatal(err)
	}
	never := uuid.NewString()
	find := accounts.NewFindDeletedUsers(s.users)

	deleted, err := find(t.Context(), []string{here.ID, left.ID, never})
	none, noneErr := find(t.Context(), nil)

	if slices.Sort(deleted); err != nil || len(deleted) != 2 || !slices.Contains(deleted, left.ID) || !slices.Contains(deleted, never) {
		t.Errorf("FindDeletedUsers = %v, %v; want %s and %s", deleted, err, left.ID, never)
	}
	if noneErr != nil || len(none) != 0 {
		t.Errorf("FindDeletedUsers of no IDs = %v, %v", none, noneErr)
	}
	if _, err := find(t.Context(), make([]string, accounts.MaxUserIDs+1)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("FindDeletedUsers of too many IDs = %v, want invalid", err)
	}
}
