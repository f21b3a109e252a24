package eventstest

import (
	"context"
	"time"

	"example.com/pergola/core/app"
	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/durable"
)

// Dispatcher is events in an application of apptest. It tries again at once what
// has failed.
type Dispatcher struct {
	Outbox *events.Postgres
}

// NewDispatcher adds events to the application.
func NewDispatcher(infra *apptest.Infrastructure) *Dispatcher {
	infra.T.Helper()
	outbox, err := events.NewPostgres(infra.DB, events.PostgresOptions{
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
			all := append(manifests[:len(manifests):len(manifests)], Publishers(manifests)...)
			return app.Package{Services: []app.Service{outbox}}, outbox.Seal(all)
		},
		Drain: func(ctx context.Context) error { return durable.DrainAll(ctx, infra.DB) },
	})
	return &Dispatcher{Outbox: outbox}
}
