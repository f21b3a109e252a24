// <with:events/>

package main

import (
	"log/slog"

	"github.com/google/wire"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// The infrastructure of events is the outbox, which features publish to, and
// the dispatcher, which delivers to the handlers.
var eventsInfrastructure = wire.NewSet(
	newOutbox,
	wire.Bind(new(events.Outbox), new(*events.Postgres)),
	wire.Bind(new(events.Dispatcher), new(*events.Postgres)),
	wire.Bind(new(events.Inspector), new(*events.Postgres)),
)

func newOutbox(db *database.DB, logger *slog.Logger, reporter observe.Reporter) (*events.Postgres, error) {
	return events.NewPostgres(db, events.PostgresOptions{Logger: logger, Reporter: reporter})
}
