package authtest_test

import (
	"context"
	"slices"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database"
)

// everybody has an account.
type everybody struct{}

func (everybody) UserByID(_ context.Context, id string) (auth.User, error) {
	return auth.User{ID: id}, nil
}

func TestContext_isThatOfARequest(t *testing.T) {
	t.Parallel()
	watcher := authtest.NewWatcher()
	sessions := auth.NewSessions(auth.NewMemoryStore(database.NewMemory(), everybody{}), watcher, auth.Options{})

	visitor, ada := authtest.Context(t, sessions, ""), authtest.Context(t, sessions, "ada")

	if auth.CurrentUser(visitor).SignedIn() || auth.CurrentUser(ada).ID != "ada" {
		t.Errorf("visitor is %+v, ada is %+v", auth.CurrentUser(visitor), auth.CurrentUser(ada))
	}
	id := sessions.CurrentID(ada)
	if err := sessions.SignOut(ada); err != nil {
		t.Fatalf("SignOut: %v", err)
	}
	if want := []string{"session ended " + id}; !slices.Equal(watcher.Told(), want) {
		t.Errorf("watcher was told %q, want %q", watcher.Told(), want)
	}
}
