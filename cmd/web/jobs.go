package main

import (
	"log/slog"
	"time"

	"github.com/google/wire"

	"example.com/pergola/core/app"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailjob"
	"example.com/pergola/core/observe"
)

// jobsSet builds the queue, which features enqueue to and which runs their jobs,
// and sends email through it.
var jobsSet = wire.NewSet(
	newQueue,
	wire.Bind(new(jobs.Queue), new(*jobs.Postgres)),
	wire.Bind(new(jobs.Inspector), new(*jobs.Postgres)),
	newMailJobSender,
	newJobsPackage,
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

// newMailJobSender is what features send with: it enqueues a job, which hands
// the email to the transport. Where email is off, features get an error at once.
func newMailJobSender(transport mailTransport, queue jobs.Queue) mail.Sender {
	if mail.IsOff(transport.Sender) {
		return transport.Sender
	}
	return mailjob.NewSender(queue)
}

type jobsPackage corePackage

func newJobsPackage(config Config, queue *jobs.Postgres, transport mailTransport) *jobsPackage {
	return &jobsPackage{
		manifests: []feature.Manifest{mailjob.Manifest(transport.Sender)},
		assemble: func(manifests []feature.Manifest) (app.Package, error) {
			return app.Package{Services: config.workers(queue)}, queue.Seal(manifests)
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
