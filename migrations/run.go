package migrations

import (
	"context"
	"fmt" // <with:events|jobs/>

	"github.com/riverqueue/river/riverdriver/riverpgxv5" // <with:events|jobs/>
	"github.com/riverqueue/river/rivermigrate"           // <with:events|jobs/>

	"example.com/pergola/core/database"
)

// Run brings the database up to date. Any number of processes may call it at
// once.
func Run(ctx context.Context, db *database.DB) error {
	return database.Migrate(ctx, db, FS, Steps()...)
}

// Pending counts what Run would apply.
func Pending(ctx context.Context, db *database.DB) (int, error) {
	return database.PendingMigrations(ctx, db, FS, Steps()...)
}

// Steps are the migrations that are functions. Their numbers are taken like
// those of files. One that was released is never changed: when a new version
// of a library brings more tables, the next step brings them here.
func Steps() []database.Step {
	return []database.Step{
		{Number: 29, Name: "00029 tables of River up to its version 8", Run: river(8)}, // <with:events|jobs/>
	}
}

// <with:events|jobs>

// river applies River's own migrations, of which River keeps count itself.
func river(version int) func(context.Context, *database.DB) error {
	return func(ctx context.Context, db *database.DB) error {
		migrator, err := rivermigrate.New(riverpgxv5.New(db.Pool()), nil)
		if err != nil {
			return fmt.Errorf("read the migrations of River: %w", err)
		}
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: version})
		return err
	}
}

// </with:events|jobs>
