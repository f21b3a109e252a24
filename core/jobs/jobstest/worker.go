package jobstest

import (
	"context"
	"time"

	"example.com/pergola/core/app"
	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/durable"
	"example.com/pergola/core/jobs"
)

// Worker is jobs in an application of apptest. It tries again at once what has
// failed.
type Worker struct {
	Queue *jobs.Postgres
}

// NewWorker adds jobs to the application.
func NewWorker(infra *apptest.Infrastructure) *Worker {
	infra.T.Helper()
	queue, err := jobs.NewPostgres(infra.DB, jobs.PostgresOptions{
		Logger:   infra.Logger,
		Reporter: infra.Reporter,
		Backoff:  func(int) time.Duration { return time.Millisecond },
		Poll:     20 * time.Millisecond,
	})
	if err != nil {
		infra.T.Fatal(err)
	}
	infra.Use(apptest.Package{
		Assemble: func(manifests []feature.Manifest) (app.Package, error) {
			return app.Package{Services: []app.Service{queue}}, queue.Seal(manifests)
		},
		Drain: func(ctx context.Context) error { return durable.DrainAll(ctx, infra.DB) },
	})
	return &Worker{Queue: queue}
}
