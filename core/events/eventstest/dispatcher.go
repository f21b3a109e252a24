package eventstest

import (
	"context"

	"example.com/pergola/core/app"
	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/durable"
)

// Dispatcher provides events in an apptest application. It retries without delay.
type Dispatcher struct {
	Outbox *events.Dispatcher
}

// NewDispatcher adds events to the application.
func NewDispatcher(infra *apptest.Infrastructure) *Dispatcher {
	infra.T.Helper()
	options := Options()
	options.Logger, options.Reporter = infra.Logger, infra.Reporter
	outbox, err := events.NewDispatcher(infra.DB, options)
	if err != nil {
		infra.T.Fatal(err)
	}
	infra.Use(apptest.Package{
		Assemble: func(manifests []feature.Manifest) (app.Package, error) {
			all := append(manifests[:len(manifests):len(manifests)], Publishers(manifests)...)
			return app.Package{Services: []app.Service{outbox}}, outbox.Register(all)
		},
		Drain: func(ctx context.Context) error { return durable.DrainAll(ctx, infra.DB) },
	})
	return &Dispatcher{Outbox: outbox}
}
