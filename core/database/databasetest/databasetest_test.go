package databasetest_test

import (
	"slices"
	"testing"

	"example.com/pergola/core/database/databasetest"
)

func TestNew_isMigrated(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)

	var n int
	err := db.QueryRow(t.Context(), "select count(*) from goose_db_version").Scan(&n)

	if err != nil || n < 2 {
		t.Errorf("got %d versions and the error %v, want some and none", n, err)
	}
}

// BenchmarkNew measures what a test pays: making the database, connecting to
// it, and dropping it.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		iteration := &singleUse{TB: b}
		databasetest.New(iteration)
		iteration.end()
	}
}

// singleUse runs its cleanups when told, where b would keep them all.
type singleUse struct {
	testing.TB
	cleanups []func()
}

func (s *singleUse) Cleanup(fn func()) { s.cleanups = append(s.cleanups, fn) }

func (s *singleUse) end() {
	for _, cleanup := range slices.Backward(s.cleanups) {
		cleanup()
	}
}
