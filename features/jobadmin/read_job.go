package jobadmin

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// ReadJob returns a job. It fails with fault.Forbidden unless the user is an
// administrator, and with fault.NotFound if there is no such job.
type ReadJob func(ctx context.Context, id string) (jobs.Record, error)

// NewReadJob makes the use case.
func NewReadJob(queue *jobs.Worker) ReadJob {
	return observe.UseCase("jobadmin.read_job", func(ctx context.Context, id string) (jobs.Record, error) {
		if err := auth.CheckRole(ctx, auth.RoleAdmin); err != nil {
			return jobs.Record{}, err
		}
		return queue.Find(ctx, id)
	})
}
