package main

import (
	"log/slog"

	"github.com/google/wire"

	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/respond"
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
