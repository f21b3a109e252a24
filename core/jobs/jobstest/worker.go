package jobstest

import (
	"context"

	"example.com/pergola/core/app"
	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/durable"
	"example.com/pergola/core/jobs"
)

// Worker provides jobs in an apptest application. It retries without delay.
type Worker struct {
	Queue *jobs.Worker
}

// NewWorker adds jobs to the application.
func NewWorker(infra *apptest.Infrastructure) *Worker {
	infra.T.Helper()
	options := Options()
	options.Logger, options.Reporter = infra.Logger, infra.Reporter
	queue, err := jobs.NewWorker(infra.DB, options)
	if err != nil {
		infra.T.Fatal(err)
	}
	infra.Use(apptest.Package{
		Assemble: func(manifests []feature.Manifest) (app.Package, error) {
			return app.Package{Services: []app.Service{queue}}, queue.Register(manifests)
		},
		Drain: func(ctx context.Context) error { return durable.DrainAll(ctx, infra.DB) },
	})
	return &Worker{Queue: queue}
}
