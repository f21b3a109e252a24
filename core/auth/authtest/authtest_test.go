package authtest_test

import (
	"slices"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

func TestContext_signsTheUserIn(t *testing.T) {
	t.Parallel()
	watcher := authtest.NewWatcher()
	db := databasetest.New(t, migrations.FS)
	_, err := db.Exec(t.Context(), `insert into accounts_users (id, email, name, roles, search_text, created_at, updated_at)
		values ($1, 'ada@example.com', 'Ada', '{reader}', '', now(), now())`, authtest.Ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	sessions := auth.NewSessions(auth.NewStore(db), watcher, auth.Options{})

	visitor, ada := authtest.Context(t, sessions, ""), authtest.Context(t, sessions, authtest.Ada.ID)

	if auth.CurrentUser(visitor).SignedIn() || auth.CurrentUser(ada).ID != authtest.Ada.ID {
		t.Errorf("visitor is %+v, ada is %+v", auth.CurrentUser(visitor), auth.CurrentUser(ada))
	}
	id := sessions.CurrentID(ada)
	if err := sessions.SignOut(ada); err != nil {
		t.Fatalf("SignOut: %v", err)
	}
	if want := []string{"session ended " + id}; !slices.Equal(watcher.Calls(), want) {
		t.Errorf("watcher calls %q, want %q", watcher.Calls(), want)
	}
}
