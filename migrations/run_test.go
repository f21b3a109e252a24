package migrations_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

func TestRun_canBeCalledAgain(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)

	before, err := migrations.Pending(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := migrations.Run(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	after, err := migrations.Pending(t.Context(), db)

	if err != nil || before == 0 || after != 0 {
		t.Errorf("got %d pending before and %d after, error %v; want some before and none after", before, after, err)
	}
}

// A merge can bring a migration that is older than the ones already applied.
func TestRun_appliesAMigrationThatArrivesLate(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	withoutSessions := fstest.MapFS{}
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_auth_sessions.sql") {
			withoutSessions[name] = &fstest.MapFile{Data: content}
		}
	}
	if len(withoutSessions) != len(names)-1 {
		t.Fatalf("got %d of %d migrations, want all but one", len(withoutSessions), len(names))
	}
	if err := database.Migrate(t.Context(), db, withoutSessions); err != nil {
		t.Fatal(err)
	}

	err = migrations.Run(t.Context(), db)

	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), "select token_hash from auth_sessions"); err != nil {
		t.Error(err)
	}
}
