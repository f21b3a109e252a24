package durable

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// driver is River's driver with one change: a task that is due now gets the time of the
// database. River would use the clock of this process, and if that is ahead, no process
// runs the task until then.
type driver struct{ *riverpgxv5.Driver }

func (d driver) UnwrapExecutor(tx pgx.Tx) riverdriver.ExecutorTx {
	return executorTx{d.Driver.UnwrapExecutor(tx)}
}

func (d driver) UnwrapTx(tx riverdriver.ExecutorTx) pgx.Tx {
	return d.Driver.UnwrapTx(tx.(executorTx).ExecutorTx) //nolint:forcetypeassert // see UnwrapExecutor
}

type executorTx struct{ riverdriver.ExecutorTx }

// JobInsertFastMany passes zero times, for which River's statement takes the database's.
func (e executorTx) JobInsertFastMany(ctx context.Context, params *riverdriver.JobInsertFastManyParams) ([]*riverdriver.JobInsertFastResult, error) {
	for _, job := range params.Jobs {
		if job.CreatedAt == nil {
			job.CreatedAt = new(time.Time)
		}
		if job.ScheduledAt == nil {
			job.ScheduledAt = new(time.Time)
		}
	}
	return e.ExecutorTx.JobInsertFastMany(ctx, params)
}
