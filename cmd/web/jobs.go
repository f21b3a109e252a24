// <with:jobs/>

package main

import (
	"log/slog"
	"time"

	"github.com/google/wire"

	"example.com/pergola/core/database"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// The infrastructure of jobs is the queue, which features enqueue to, and the
// worker, which runs the jobs.
var jobsInfrastructure = wire.NewSet(
	newQueue,
	wire.Bind(new(jobs.Queue), new(*jobs.Postgres)),
	wire.Bind(new(jobs.Worker), new(*jobs.Postgres)),
	wire.Bind(new(jobs.Inspector), new(*jobs.Postgres)),
)

// queueWidths say how many jobs of a queue are done at once; of the others it is
// ten. What works through all readers goes one by one.
func queueWidths() map[string]int {
	return map[string]int{"notices": 1, "digests": 1}
}

// queuePauses say how long a queue rests between its jobs, and so leaves the
// processors and the database to those who wait for a page. A batch of a
// thousand readers takes some 25 ms.
func queuePauses() map[string]time.Duration {
	return map[string]time.Duration{"notices": 75 * time.Millisecond}
}

func newQueue(db *database.DB, logger *slog.Logger, reporter observe.Reporter) (*jobs.Postgres, error) {
	return jobs.NewPostgres(db, jobs.PostgresOptions{
		Logger: logger, Reporter: reporter, Queues: queueWidths(), Pauses: queuePauses(),
	})
}
