package migrations_test

import (
	"testing"

	"github.com/riverqueue/river/riverdriver/riverpgxv5" // <with:events|jobs/>
	"github.com/riverqueue/river/rivermigrate"           // <with:events|jobs/>

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

// <with:events|jobs>

func TestRun_bringsAllThatRiverWants(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)

	migrator, err := rivermigrate.New(riverpgxv5.New(db.Pool()), nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := migrator.Validate(t.Context(), nil)

	if err != nil || !result.OK {
		t.Errorf("got %+v and error %v: River has newer tables than the last of the steps brings; add a step", result, err)
	}
}

// </with:events|jobs>

func TestRun_mayBeCalledAgain(t *testing.T) {
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
		t.Errorf("got %d pending before and %d after, error %v; want some and none", before, after, err)
	}
}
