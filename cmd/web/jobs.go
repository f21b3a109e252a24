package main

import (
	"log/slog"

	"github.com/google/wire"

	"example.com/pergola/core/app"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/mail/mailjob"
	"example.com/pergola/core/observe"
)

// jobsSet builds the queue, which stores jobs and runs them.
var jobsSet = wire.NewSet(
	newQueue,
	wire.Bind(new(jobs.Queue), new(*jobs.Worker)),
	newJobsPackage,
)

func newQueue(db *database.DB, logger *slog.Logger, reporter observe.Reporter) (*jobs.Worker, error) {
	return jobs.NewWorker(db, jobs.WorkerOptions{Logger: logger, Reporter: reporter})
}

type jobsPackage corePackage

// newJobsPackage also makes a job of each email that features send.
func newJobsPackage(config Config, queue *jobs.Worker, transport mailTransport, delivery *mailDelivery) *jobsPackage {
	delivery.Sender = mailjob.NewSender(queue)
	return &jobsPackage{
		manifests: []feature.Manifest{mailjob.Manifest(transport.Sender)},
		assemble: func(manifests []feature.Manifest) (app.Package, error) {
			return app.Package{Services: config.workers(queue)}, queue.Register(manifests)
		},
		describe: describeJobs,
	}
}

func describeJobs(d *description, manifests []feature.Manifest) {
	for _, job := range jobs.Describe(manifests) {
		if f := d.of(job.Feature); f != nil {
			f.Jobs = append(f.Jobs, jobDescription{
				namedPayload: namedPayload{job.Name, payloadName(job.Payload)},
				Schedules:    append([]string{}, job.Schedules...),
			})
		}
	}
}
