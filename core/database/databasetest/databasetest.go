// Package databasetest gives each test a Postgres database of its own, as
// httptest gives it a server of its own.
//
//	func TestArticles_savesAnArticle(t *testing.T) {
//		t.Parallel()
//		db := databasetest.New(t, migrations.FS, migrations.FS)
//		...
//	}
//
// # What a test gets
//
// New makes a database with the migrations applied and drops it when the test
// ends. It costs about as much as one slow query, because it is a copy of a
// template that is migrated once. Empty makes one without migrations, URL
// tells the address of either, and NewServer starts a whole server that a test
// may stop and start again, to see what the application does without one.
//
// # Where the server comes from
//
// If TEST_DATABASE_URL is set, the databases are made on that server, whose
// user must be allowed to create databases and which must be PostgreSQL 15 or
// newer. Otherwise core/database/embedded runs one for all test binaries of
// this checkout and this user: the first that needs it starts it, the others
// adopt it, whether they run at once or next week. It lives in memory
// (/dev/shm) where there is room, in the temporary directory elsewhere, and
// keeps nothing safe: it is as fast as can be and its data is worth nothing.
//
// It goes on after the tests, so that the next run begins without a wait. To
// stop it, before a checkout is removed or when its memory is needed:
//
//	go run ./core/database/databasetest/stopserver
//
// which leaves it alone while other tests use it, or call StopShared.
//
// # What a killed run leaves
//
// Its databases. Each run holds an advisory lock whose number is in the names
// of its databases; the next run drops those whose lock nobody holds. The
// template's name holds a hash of the migrations: when they change, the first
// test makes a new one and drops the old.
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
	timeout = time.Minute     // for machines that do many things at once
	grace   = 5 * time.Second // for goroutines of a test that are about to end
)

// New makes a database with the migrations applied for this test, and drops it
// when the test ends. A connection that the test has not given back by then
// (rows not closed, a goroutine still at work) fails the test.
func New(t testing.TB, migrations fs.FS, opts ...database.Option) *database.DB {
	t.Helper()
	return open(t, opts, func(s *server, ctx context.Context) (string, error) { return s.createMigrated(ctx, migrations) })
}

// Empty is New without migrations: nothing is in the database.
func Empty(t testing.TB, opts ...database.Option) *database.DB {
	t.Helper()
	return open(t, opts, (*server).createEmpty)
}

// URL is the address of the test's database, for another pool or process.
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
		t.Fatalf("databasetest: make a database: %v", err)
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

// closeDB does not wait for ever for a connection that nobody gives back: a
// failure that says so is better than a test that hangs.
func closeDB(t testing.TB, db *database.DB) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		db.Close()
	}()
	select {
	case <-closed:
	case <-time.After(grace):
		t.Errorf("databasetest: %d connections were not given back: are there rows that are not closed, or goroutines still at work?",
			db.Pool().Stat().AcquiredConns())
	}
}

// migrate is how a template gets its tables.
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
