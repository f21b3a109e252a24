package accounts_test

import (
	"slices"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/features/accounts"
)

func TestSeedUsers_addsTheSampleUsersOnce(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	seed := accounts.NewSeedUsers(s.users, atNoon)
	if err := seed(t.Context()); err != nil {
		t.Fatalf("SeedUsers: %v", err)
	}
	ada, err := s.users.FindByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	ada.Name = "Ada King"
	if err := s.users.Save(t.Context(), ada); err != nil {
		t.Fatal(err)
	}

	if err := seed(t.Context()); err != nil {
		t.Fatalf("second SeedUsers: %v", err)
	}

	for email, roles := range map[string][]string{
		"ada@example.com":   {auth.RoleReader, auth.RoleEditor},
		"grace@example.com": {auth.RoleReader},
		"alan@example.com":  {auth.RoleReader, auth.RoleAdmin},
	} {
		found, err := s.users.FindByEmail(t.Context(), email)
		if err != nil || !slices.Equal(found.Roles, roles) || !found.Verified() {
			t.Errorf("%s has the roles %v, %v, want %v and a verified address", email, found.Roles, err, roles)
		}
	}
	if again, _ := s.users.FindByEmail(t.Context(), "ada@example.com"); again.Name != "Ada King" {
		t.Errorf("the second seed changed the name to %q", again.Name)
	}
	if all, err := s.users.List(t.Context(), accounts.UsersQuery{Limit: 10}); err != nil || len(all) != 3 {
		t.Errorf("found %d users, %v, want 3", len(all), err)
	}
}
