package operations

import (
	"context"
	"slices"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
)

// ListJobs returns the queues and one page of jobs, newest first. It is for
// administrators: it fails with fault.Forbidden for everybody else, and with
// fault.NotFound if there is no such page or no such state.
type ListJobs func(ctx context.Context, in ListJobsInput) (JobsPage, error)

// ListJobsInput says which jobs.
type ListJobsInput struct {
	State jobs.State // "" for all
	Job   string     // the name; "" for all
	Queue string     // "" for all
	PageInput
}

// JobsPage is one page of jobs.
type JobsPage struct {
	Queues []jobs.QueueState
	Jobs   []jobs.Record
	PageLinks
}

// NewListJobs makes the use case.
func NewListJobs(queue jobs.Inspector) ListJobs {
	return observe.UseCase("operations.list_jobs", func(ctx context.Context, in ListJobsInput) (page JobsPage, err error) {
		if err := adminsOnly(ctx); err != nil {
			return JobsPage{}, err
		}
		if in.State != "" && !slices.Contains(jobs.States(), in.State) {
			return JobsPage{}, fault.NotFound.New("No job is ever in such a state.")
		}
		if page.Queues, err = queue.Queues(ctx); err != nil {
			return JobsPage{}, err
		}
		found, err := queue.List(ctx, jobs.Query{State: in.State, Job: in.Job, Queue: in.Queue, Page: jobs.Page{
			OlderThan: in.OlderThan, NewerThan: in.NewerThan, Limit: perPage + 1,
		}})
		if err != nil {
			return JobsPage{}, err
		}
		page.Jobs, page.PageLinks = onePage(found, in.PageInput, func(record jobs.Record) string { return record.ID })
		return page, nil
	})
}
