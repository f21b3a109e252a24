package authentication_test

import (
	"net/http"
	"testing"

	"example.com/pergola/features/accounts"
)

func TestSeedPasswords_letsTheSampleUsersSignIn(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	if err := accounts.NewSeedUsers(site.users, atNoon)(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := site.SeedPasswords(t.Context()); err != nil {
		t.Fatalf("SeedPasswords: %v", err)
	}
	for _, sample := range accounts.SampleUsers() {
		site.visitor().post("/sign-in", signInFields(sample.Email, "pergola-dev")).is(http.StatusOK, "/")
	}
	hashed := site.hashing.hashes.Load()

	if err := site.SeedPasswords(t.Context()); err != nil {
		t.Fatalf("second SeedPasswords: %v", err)
	}

	if site.hashing.hashes.Load() != hashed {
		t.Error("the second seed hashes passwords again")
	}
}

func TestSeedPasswords_doesNothingWithoutSampleUsers(t *testing.T) {
	t.Parallel()

	if err := newSite(t).SeedPasswords(t.Context()); err != nil {
		t.Errorf("SeedPasswords: %v", err)
	}
}
