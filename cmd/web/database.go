package main

import (
	"context"
	"fmt"
	"log/slog"

	"example.com/pergola/cmd/internal/telemetry"
	"example.com/pergola/core/app"
	"example.com/pergola/core/database"
	"example.com/pergola/migrations"
)

// connectionsOutsidePool are part of DATABASE_MAX_CONNS: events, jobs and the backplane
// listen on connections of their own.
const connectionsOutsidePool = 5

// openDatabase connects and, if configured, migrates. Migrations run under a
// lock, so several processes can start at once.
func openDatabase(ctx context.Context, config Config, logger *slog.Logger) (*database.DB, func(), error) {
	options := []database.Option{database.WithMaxConns(config.DatabaseMaxConns - connectionsOutsidePool), database.WithTracer(telemetry.QueryTracer())}
	if config.offline {
		options = append(options, database.Lazily())
	}
	db, err := database.Open(ctx, config.DatabaseURL, options...)
	if err != nil {
		return nil, nil, fmt.Errorf("open the database: %w", err)
	}
	if err := prepareSchema(ctx, config, db, logger); err != nil {
		db.Close()
		return nil, nil, fmt.Errorf("migrate the database: %w", err)
	}
	if !config.offline {
		if err := warnOfFewConnections(ctx, db, config.DatabaseMaxConns, logger); err != nil {
			logger.WarnContext(ctx, "cannot tell whether the database has enough connections", "error", err)
		}
	}
	return db, db.Close, nil
}

// prepareSchema migrates, or warns of what is missing before every query that needs
// it fails.
func prepareSchema(ctx context.Context, config Config, db *database.DB, logger *slog.Logger) error {
	if config.MigrateAtStart {
		return migrations.Run(ctx, db)
	}
	if config.offline {
		return nil
	}
	pending, err := migrations.Pending(ctx, db)
	if err == nil && pending > 0 {
		logger.Warn("migrations have not run, so pages will fail: run `web migrate`, or set MIGRATE=auto", "pending", pending)
	}
	return err
}

func databaseChecks(db *database.DB) []app.Check {
	return []app.Check{
		{Name: "database", Check: db.Ping},
		{Name: "migrations", Check: func(ctx context.Context) error {
			pending, err := migrations.Pending(ctx, db)
			if err == nil && pending > 0 {
				err = fmt.Errorf("%d migrations have not run: run `web migrate`", pending)
			}
			return err
		}},
	}
}

// warnOfFewConnections logs it if this process could take more connections than the
// others have left.
func warnOfFewConnections(ctx context.Context, db *database.DB, most int, logger *slog.Logger) error {
	const query = `
		select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
				- coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int,
			(select coalesce(sum(numbackends), 0)::int from pg_stat_database)`
	var allowed, open int
	if err := db.QueryRow(ctx, query).Scan(&allowed, &open); err != nil {
		return fmt.Errorf("count connections: %w", err)
	}
	if others := open - 1; others+most > allowed { // one is ours
		logger.WarnContext(ctx, "the database may run out of connections: lower DATABASE_MAX_CONNS in each process, or raise max_connections of the server",
			"this process", most, "others now", others, "allowed", allowed)
	}
	return nil
}
