package operations

import (
	"context"

	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// ReadJob returns all that is known of a job. It is for administrators: it
// fails with fault.Forbidden for everybody else, and with fault.NotFound if
// there is no such job.
type ReadJob func(ctx context.Context, id string) (jobs.Record, error)

// NewReadJob makes the use case.
func NewReadJob(queue jobs.Inspector) ReadJob {
	return observe.UseCase("operations.read_job", func(ctx context.Context, id string) (jobs.Record, error) {
		if err := adminsOnly(ctx); err != nil {
			return jobs.Record{}, err
		}
		return queue.Find(ctx, id)
	})
}
