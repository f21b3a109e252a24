// <with:jobs/>

package main

import (
	"log/slog"

	"github.com/google/wire"

	"example.com/pergola/core/database"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// The edges of jobs are where features enqueue jobs, and who does them.
var (
	postgresJobsEdges = wire.NewSet(
		newQueue,
		wire.Bind(new(jobs.Queue), new(*jobs.Postgres)),
		wire.Bind(new(jobs.Worker), new(*jobs.Postgres)),
		wire.Bind(new(jobs.Inspector), new(*jobs.Postgres)),
	)
	memoryJobsEdges = wire.NewSet(
		newMemoryQueue,
		wire.Bind(new(jobs.Queue), new(*jobs.Memory)),
		wire.Bind(new(jobs.Worker), new(*jobs.Memory)),
		wire.Bind(new(jobs.Inspector), new(*jobs.Memory)),
	)
)

func newQueue(db *database.DB, logger *slog.Logger, reporter observe.Reporter) (*jobs.Postgres, error) {
	return jobs.NewPostgres(db, jobs.PostgresOptions{Logger: logger, Reporter: reporter})
}

func newMemoryQueue(logger *slog.Logger, reporter observe.Reporter) *jobs.Memory {
	return jobs.NewMemory(jobs.MemoryOptions{Logger: logger, Reporter: reporter})
}
