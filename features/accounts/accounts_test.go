package accounts_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/features/accounts"
)

// The slim template is an application without these packages.
func TestAccounts_standWithoutRealtimeEventsAndJobs(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", ".")

	out, err := list.Output()

	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "example.com/pergola/core/auth") {
		t.Fatalf("go list named %d packages, and core/auth is not among them", len(deps))
	}
	for _, dep := range deps {
		for _, without := range []string{"core/realtime", "core/events", "core/jobs", "core/bridge", "features/blog", "zishang520"} {
			if strings.Contains(dep, without) {
				t.Errorf("accounts needs %s", dep)
			}
		}
	}
}

func TestSeed_makesTheSampleUsersOnce(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		seed := site.seed
		if err := seed(t.Context()); err != nil {
			t.Fatalf("Seed: %v", err)
		}
		ada, err := s.users.FindByEmail(t.Context(), "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		ada.Name = "Ada King"
		if err := s.users.Save(t.Context(), ada); err != nil {
			t.Fatal(err)
		}
		work := site.passwords.hashes.Load()

		if err := seed(t.Context()); err != nil {
			t.Fatalf("second Seed: %v", err)
		}

		if site.passwords.hashes.Load() != work {
			t.Error("a start with nothing to do hashes passwords")
		}
		for email, roles := range map[string][]string{
			"ada@example.com":   {auth.RoleReader, auth.RoleEditor},
			"grace@example.com": {auth.RoleReader},
			"alan@example.com":  {auth.RoleReader, auth.RoleAdmin},
		} {
			found, err := s.users.FindByEmail(t.Context(), email)
			if err != nil || !slices.Equal(found.Roles, roles) {
				t.Errorf("%s has the roles %v, %v, want %v", email, found.Roles, err, roles)
			}
			site.visitor().post("/sign-in", signInFields(email, "pergola-dev")).is(200, "/")
		}
		if again, _ := s.users.FindByEmail(t.Context(), "ada@example.com"); again.Name != "Ada King" {
			t.Error("the second start has changed what was there")
		}
		if all, err := s.users.List(t.Context(), accounts.UsersQuery{Limit: 10}); err != nil || len(all) != 3 {
			t.Errorf("%d users, %v, want 3", len(all), err)
		}
	})
}
