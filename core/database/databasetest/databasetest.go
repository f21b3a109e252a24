// Package databasetest gives each test a Postgres database of its own.
package databasetest

import (
	"testing"

	"example.com/pergola/core/database"
)

// New makes a migrated database for this test, which is dropped when the test
// ends. TEST_DATABASE_URL names a server to use instead of the embedded one.
func New(t testing.TB, opts ...database.Option) *database.DB {
	t.Helper()
	t.Fatal("databasetest: being built")
	return nil
}

// Empty is New without any migration applied.
func Empty(t testing.TB, opts ...database.Option) *database.DB {
	t.Helper()
	t.Fatal("databasetest: being built")
	return nil
}

// URL is the address of the test's database, for another process or pool.
func URL(t testing.TB, db *database.DB) string {
	t.Helper()
	return db.Pool().Config().ConnString()
}
