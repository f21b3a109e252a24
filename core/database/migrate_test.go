package database_test

import (
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

func schema(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, sql := range files {
		fsys[name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql + ";\n")}
	}
	return fsys
}

func TestMigrate_appliesWhatIsMissing(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	first := schema(map[string]string{"00010_a.sql": "create table a ()"})
	second := schema(map[string]string{"00010_a.sql": "create table a ()", "00011_b.sql": "create table b ()", "00002_c.sql": "create table c ()"})

	wantPending(t, db, first, 1)
	wantNoError(t, database.Migrate(t.Context(), db, first))
	wantPending(t, db, first, 0)
	wantPending(t, db, second, 2)
	wantNoError(t, database.Migrate(t.Context(), db, second))
	wantPending(t, db, second, 0)
	wantNoError(t, database.Migrate(t.Context(), db, second))

	for _, table := range []string{"a", "b", "c"} {
		_, err := db.Exec(t.Context(), "select * from "+table)
		wantNoError(t, err)
	}
}

func TestMigrate_runsOnceWhenManyProcessesStart(t *testing.T) {
	t.Parallel()
	first := databasetest.Empty(t)
	fsys := schema(map[string]string{
		"00001_a.sql": "create table a (); select pg_sleep(0.2)",
		"00002_b.sql": "insert into counts default values",
	})
	_, err := first.Exec(t.Context(), "create table counts (id serial)")
	wantNoError(t, err)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() { // with a pool of its own, as a separate process would have
			db, err := database.Open(t.Context(), databasetest.URL(t, first), database.WithMaxConns(1))
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			wantNoError(t, database.Migrate(t.Context(), db, fsys))
			wantPending(t, db, fsys, 0)
		})
	}
	wait.Wait()

	var n int
	wantNoError(t, first.QueryRow(t.Context(), "select count(*) from counts").Scan(&n))
	if n != 1 {
		t.Errorf("the migration ran %d times, want once", n)
	}
}

// A session waiting for the lock inside the server would hold a snapshot, and
// creating the index waits for every older snapshot.
func TestMigrate_canMakeAnIndexConcurrentlyWhileOthersWait(t *testing.T) {
	t.Parallel()
	first := databasetest.Empty(t)
	fsys := schema(map[string]string{"00001_a.sql": "create table a (id int)"})
	fsys["00002_b.sql"] = &fstest.MapFile{Data: []byte("-- +goose NO TRANSACTION\n-- +goose Up\nselect pg_sleep(0.2);\ncreate index concurrently a_id on a (id);\n")}
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			db, err := database.Open(t.Context(), databasetest.URL(t, first))
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			wantNoError(t, database.Migrate(t.Context(), db, fsys))
		})
	}
	wait.Wait()

	wantPending(t, first, fsys, 0)
}

func TestMigrate_namesTheFileThatFails(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	fsys := schema(map[string]string{"00001_a.sql": "create table a ()", "00002_broken.sql": "create table b (); select 1/0"})

	err := database.Migrate(t.Context(), db, fsys)

	if err == nil || !strings.Contains(err.Error(), "00002_broken.sql") || !strings.Contains(err.Error(), "division by zero") {
		t.Errorf("got the error %v, want the file's name and the server's error", err)
	}
	wantPending(t, db, fsys, 1)
	if _, err := db.Exec(t.Context(), "select * from b"); err == nil {
		t.Error("half of the migration was kept")
	}
}

func TestMigrate_namesTwoFilesWithTheSameNumber(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	fsys := schema(map[string]string{"00001_a.sql": "create table a ()", "00002_b.sql": "create table b ()", "2_c.sql": "create table c ()"})

	err := database.Migrate(t.Context(), db, fsys)
	_, pending := database.PendingMigrations(t.Context(), db, fsys)

	for _, err := range []error{err, pending} {
		if err == nil || !strings.Contains(err.Error(), "00002_b.sql and 2_c.sql") || !strings.Contains(err.Error(), "rename") || strings.Contains(err.Error(), "\n") {
			t.Errorf("got the error %v, want one line with both names and the remedy", err)
		}
	}
	if _, err := db.Exec(t.Context(), "select * from a"); err == nil {
		t.Error("a migration was applied")
	}
}

func TestMigrate_leavesANewerDatabaseAlone(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	newer := schema(map[string]string{"00001_a.sql": "create table a ()", "00002_b.sql": "create table b ()"})
	older := schema(map[string]string{"00001_a.sql": "create table a ()"})
	wantNoError(t, database.Migrate(t.Context(), db, newer))

	wantNoError(t, database.Migrate(t.Context(), db, older))

	wantPending(t, db, older, 0)
	wantPending(t, db, newer, 0)
}

func TestMigrate_doesNothingWithoutMigrations(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)

	wantNoError(t, database.Migrate(t.Context(), db, fstest.MapFS{}))

	wantPending(t, db, fstest.MapFS{}, 0)
}

func TestMigrations_areComplete(t *testing.T) {
	t.Parallel()

	wantPending(t, databasetest.New(t, migrations.FS), migrations.FS, 0)
}

func wantPending(t *testing.T, db *database.DB, fsys fs.FS, want int) {
	t.Helper()
	got, err := database.PendingMigrations(t.Context(), db, fsys)
	if err != nil || got != want {
		t.Errorf("got %d pending migrations and the error %v, want %d", got, err, want)
	}
}
