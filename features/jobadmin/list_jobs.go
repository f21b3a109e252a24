package jobadmin

import (
	"context"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/pagination"
)

// jobsPerPage is how many jobs a page shows.
const jobsPerPage = 25

// ListJobs returns the queues and one page of jobs, newest first. It fails with
// fault.Forbidden unless the user is an administrator, and with fault.NotFound
// if there is no such page or state.
type ListJobs func(ctx context.Context, in ListJobsInput) (JobsPage, error)

// ListJobsInput selects jobs.
type ListJobsInput struct {
	State jobs.State // "" for all
	Job   string     // the name; "" for all
	Queue string     // "" for all
	Page  pagination.Range
}

// JobsPage is one page of jobs.
type JobsPage struct {
	Queues []jobs.QueueState
	Jobs   []jobs.Record
	Links  pagination.Links
}

// NewListJobs makes the use case.
func NewListJobs(queue *jobs.Worker) ListJobs {
	return observe.UseCase("jobadmin.list_jobs", func(ctx context.Context, in ListJobsInput) (page JobsPage, err error) {
		if err := auth.CheckRole(ctx, auth.RoleAdmin); err != nil {
			return JobsPage{}, err
		}
		if in.State != "" && !slices.Contains(jobs.States(), in.State) {
			return JobsPage{}, fault.NotFound.New("There is no such job state.")
		}
		if page.Queues, err = queue.Queues(ctx); err != nil {
			return JobsPage{}, err
		}
		found, err := queue.List(ctx, jobs.Query{State: in.State, Job: in.Job, Queue: in.Queue, Page: jobs.Page{
			OlderThan: in.Page.OlderThan, NewerThan: in.Page.NewerThan, Limit: jobsPerPage + 1,
		}})
		if err != nil {
			return JobsPage{}, err
		}
		page.Jobs, page.Links = pagination.CutRange(found, jobsPerPage, in.Page, func(job jobs.Record) string { return job.ID })
		return page, nil
	})
}
