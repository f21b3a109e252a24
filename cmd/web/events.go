// <with:events/>

package main

import (
	"log/slog"

	"github.com/google/wire"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/observe"
)

// The edges of events are where features publish events, and who delivers them.
var (
	postgresEventsEdges = wire.NewSet(
		newOutbox,
		wire.Bind(new(events.Outbox), new(*events.Postgres)),
		wire.Bind(new(events.Dispatcher), new(*events.Postgres)),
		wire.Bind(new(events.Inspector), new(*events.Postgres)),
	)
	memoryEventsEdges = wire.NewSet(
		newMemoryOutbox,
		wire.Bind(new(events.Outbox), new(*events.Memory)),
		wire.Bind(new(events.Dispatcher), new(*events.Memory)),
		wire.Bind(new(events.Inspector), new(*events.Memory)),
	)
)

func newOutbox(db *database.DB, logger *slog.Logger, reporter observe.Reporter) (*events.Postgres, error) {
	return events.NewPostgres(db, events.PostgresOptions{Logger: logger, Reporter: reporter})
}

func newMemoryOutbox(logger *slog.Logger, reporter observe.Reporter) *events.Memory {
	return events.NewMemory(events.MemoryOptions{Logger: logger, Reporter: reporter})
}
