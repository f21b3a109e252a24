package accounts_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

func TestListUserIDs_walksOverAllUsers(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
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
			t.Errorf("walked over %v, want %v", got, want)
		}
	})
}

func TestListUserIDs_refuses(t *testing.T) {
	t.Parallel()
	list := accounts.NewListUserIDs(memoryStorage(t).users)

	for name, in := range map[string]accounts.ListUserIDsInput{
		"no limit":        {},
		"too many":        {Limit: accounts.MaxUserIDs + 1},
		"after something": {After: "ada", Limit: 1},
	} {
		if _, err := list(t.Context(), in); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

func TestFindGoneUsers_saysWhoIsThereNoMore(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		here, left := newUser("here@example.com"), newUser("left@example.com")
		s.create(t, here, left)
		if err := s.users.Delete(t.Context(), left.ID); err != nil {
			t.Fatal(err)
		}
		never := uuid.NewString()
		find := accounts.NewFindGoneUsers(s.users)

		gone, err := find(t.Context(), []string{here.ID, left.ID, never})
		none, noneErr := find(t.Context(), nil)

		if slices.Sort(gone); err != nil || len(gone) != 2 || !slices.Contains(gone, left.ID) || !slices.Contains(gone, never) {
			t.Errorf("gone are %v, %v; want %s and %s", gone, err, left.ID, never)
		}
		if noneErr != nil || len(none) != 0 {
			t.Errorf("of nobody are gone %v, %v", none, noneErr)
		}
		if _, err := find(t.Context(), make([]string, accounts.MaxUserIDs+1)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("looked for too many: %v, want invalid", err)
		}
	})
}
