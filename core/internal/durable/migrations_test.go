package durable_test

import (
	"testing"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

func TestRun_createsEveryTableThatRiverNeeds(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t, migrations.FS)

	migrator, err := rivermigrate.New(riverpgxv5.New(db.Pool()), nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := migrator.Validate(t.Context(), nil)

	if err != nil || !result.OK {
		t.Errorf("got %+v and error %v: River needs newer tables than our migrations create; add a migration", result, err)
	}
}
