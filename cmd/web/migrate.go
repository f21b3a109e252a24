package main

import (
	"context"
	"fmt"
	"io"

	"example.com/pergola/core/database"
	"example.com/pergola/migrations"
)

// migrate runs the pending migrations.
func migrate(ctx context.Context, getenv func(string) string, stdout io.Writer) error {
	config, err := loadConfig(getenv)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, config.DatabaseURL)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer db.Close()
	if err := migrations.Run(ctx, db); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	fmt.Fprintln(stdout, "The database is up to date.")
	return nil
}
