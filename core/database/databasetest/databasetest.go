// Package databasetest gives each test its own Postgres database, as
// httptest gives it its own server.
//
//	func TestArticles_savesAnArticle(t *testing.T) {
//		t.Parallel()
//		db := databasetest.New(t, migrations.FS, migrations.FS)
//		...
//	}
//
// # What a test gets
//
// New creates a database with the migrations applied and drops it when the test
// ends. It costs about as much as one slow query, because it copies a template
// that is migrated once. Empty creates one without migrations, URL returns the
// address of either, and NewServer starts a separate server that a test may stop
// and start again, to test what the application does without one.
//
// # Where the server comes from
//
// If TEST_DATABASE_URL is set, the databases are created on that server, whose
// user must be allowed to create databases and which must be PostgreSQL 15 or
// newer. Otherwise core/database/embedded runs one for all test binaries of
// this checkout and this user: the first that needs it starts it, the others
// adopt it, in this run or a later one. Its data is in memory (/dev/shm) if
// there is enough space, otherwise in the temporary directory. It is configured
// for speed and does not survive a crash.
//
// It keeps running after the tests, so that the next run starts without a delay.
// To stop it, for instance before deleting the checkout or to free its memory:
//
//	go run ./core/database/databasetest/stopserver
//
// or call StopShared. Both leave it running while other tests use it.
//
// # Killed runs
//
// A killed run leaves its databases behind. Each run holds an advisory lock
// whose number is in the names of its databases; the next run drops those whose
// lock is free. The template's name contains a hash of the migrations: when they
// change, the first test creates a new template and drops the old one.
package databasetest

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"example.com/pergola/core/database"
)

const (
	timeout = time.Minute     // for machines under load
	grace   = 5 * time.Second // for goroutines of a test that are about to finish
)

// New creates a database with the migrations applied for this test, and drops it
// when the test ends. A connection that has not been released by then (rows not
// closed, a goroutine still running) fails the test.
func New(t testing.TB, migrations fs.FS, opts ...database.Option) *database.DB {
	t.Helper()
	return open(t, opts, func(s *server, ctx context.Context) (string, error) { return s.createMigrated(ctx, migrations) })
}

// Empty is like New without migrations: the database is empty.
func Empty(t testing.TB, opts ...database.Option) *database.DB {
	t.Helper()
	return open(t, opts, (*server).createEmpty)
}

// URL returns the address of the test's database, for another pool or process.
func URL(t testing.TB, db *database.DB) string {
	t.Helper()
	return db.Pool().Config().ConnString()
}

func open(t testing.TB, opts []database.Option, create func(*server, context.Context) (string, error)) *database.DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	server, err := shared()
	if err != nil {
		t.Fatalf("databasetest: no server: %v", err)
	}
	name, err := create(server, ctx)
	if err != nil {
		t.Fatalf("databasetest: create a database: %v", err)
	}
	t.Cleanup(func() {
		if err := server.drop(name); err != nil {
			t.Errorf("databasetest: %v", err)
		}
	})
	db, err := database.Open(ctx, server.urlOf(name), opts...)
	if err != nil {
		t.Fatalf("databasetest: %v", err)
	}
	t.Cleanup(func() { closeDB(t, db) })
	return db
}

// closeDB limits the wait for connections that are never released: a clear
// failure is better than a test that hangs.
func closeDB(t testing.TB, db *database.DB) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		db.Close()
	}()
	select {
	case <-closed:
	case <-time.After(grace):
		t.Errorf("databasetest: %d connections were not released: check for rows that are not closed and goroutines that are still running",
			db.Pool().Stat().AcquiredConns())
	}
}

// migrate applies the migrations to a template.
func migrate(ctx context.Context, url string, migrations fs.FS) error {
	db, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := database.Migrate(ctx, db, migrations); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	return nil
}
