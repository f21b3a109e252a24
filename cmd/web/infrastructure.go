package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/google/wire"

	"example.com/pergola/cmd/internal/telemetry"
	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/respond"
	"example.com/pergola/migrations"
	"example.com/pergola/web"
)

// The infrastructure that features depend on. Production and development differ
// only here. Optional core packages add theirs in packages.go.
var (
	infrastructure = wire.NewSet(
		openDatabase,
		auth.NewStore,
		newClock,
		newZone,
		newBaseURL,
		newAssets,
		newPageFrame,
		newReporter,
		newResponder,
		feature.NewSlots,
		newSessions,
		newSessionWatcher,
		wire.Bind(new(auth.Watcher), new(*sessionWatcher)),
		newBackgroundMail,
		newMailDelivery,
		newMailSender,
		packageSet,
		databaseChecks,
	)
	productionInfrastructure = wire.NewSet(
		newMailTransport,
		wire.Value((*development)(nil)),
	)
	devSeedInfrastructure = wire.NewSet(
		newMailbox,
		newDevMailTransport,
		wire.Struct(new(development), "*"),
	)
)

// newClock returns the database's clock, so that processes agree on the time.
func newClock(db *database.DB) feature.Clock { return db.Now }

func newZone(config Config) feature.Zone { return feature.Zone(config.TimeZone) }

func newBaseURL(config Config) feature.BaseURL { return feature.BaseURL(config.BaseURL) }

// openDatabase connects and, if configured, migrates. Migrations run under a
// lock, so several processes can start at once.
func openDatabase(ctx context.Context, config Config, logger *slog.Logger) (*database.DB, func(), error) {
	options := []database.Option{database.WithMaxConns(config.DatabaseMaxConns), database.WithTracer(telemetry.QueryTracer())}
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

// newAssets serves the assets in the binary, or in development the latest
// build.
func newAssets(config Config) *web.Assets {
	if config.AssetsDir != "" {
		return web.NewAssetsIn(config.AssetsDir)
	}
	return web.NewAssets()
}

func newReporter(logger *slog.Logger) observe.Reporter { return observe.NewLogReporter(logger) }

func newResponder(frame *pageFrame, reporter observe.Reporter, logger *slog.Logger) *respond.Responder {
	return respond.New(respond.Options{
		Frame:         frame.page,
		ErrorPage:     errorPage,
		ErrorDocument: frame.errorDocument,
		ErrorFragment: errorMessage,
		ErrorTarget:   web.MessagesSelector,
		Reporter:      reporter,
		Logger:        logger,
		RequestID:     app.RequestID,
	})
}

// sessionWatcher is notified when sessions end. It does nothing unless realtime
// replaces it with the relay, which closes their sockets.
type sessionWatcher struct{ auth.Watcher }

func newSessionWatcher() *sessionWatcher { return &sessionWatcher{auth.NoWatcher{}} }

// newSessions marks the cookie as secure if browsers use https.
func newSessions(config Config, store *auth.Store, watcher auth.Watcher, clock feature.Clock, logger *slog.Logger) *auth.Sessions {
	return auth.NewSessions(store, watcher, auth.Options{
		Secure:     config.https(),
		CookieName: config.SessionCookie,
		Lifetime:   config.SessionLifetime,
		Now:        clock,
		Logger:     logger,
	})
}
