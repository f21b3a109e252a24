package migrations

import (
	"context"

	"example.com/pergola/core/database"
)

// Run brings the database up to date. Any number of processes may call it at
// once.
func Run(ctx context.Context, db *database.DB) error { return database.Migrate(ctx, db, FS) }

// Pending counts the migrations that Run would apply.
func Pending(ctx context.Context, db *database.DB) (int, error) {
	return database.PendingMigrations(ctx, db, FS)
}
