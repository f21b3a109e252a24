package main

import (
	"context"
	"log/slog"
	"net/http"

	"example.com/pergola/cmd/internal/telemetry"
	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/events" // <with:events/>
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"         // <with:jobs/>
	"example.com/pergola/core/mail/mailjob" // <with:jobs/>
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"           // <with:realtime/>
	"example.com/pergola/core/realtime/backplane" // <with:realtime/>
	"example.com/pergola/core/respond"
	"example.com/pergola/web"
)

// Application is the assembled program: the running part and what it was made
// of.
type Application struct {
	*app.App
	Features  Features
	Manifests []feature.Manifest
}

// parts is all that the last phase needs of the first two.
type parts struct {
	Config   Config
	Logger   *slog.Logger
	Features Features

	Checks      []app.Check
	Assets      *web.Assets
	Frame       *pageFrame
	Reporter    observe.Reporter
	Respond     *respond.Responder
	Slots       *feature.Slots
	Sessions    *auth.Sessions
	Mail        mailTransport
	Development *development      // nil in production
	Hub         *realtime.Hub     // <with:realtime/>
	Relay       *backplane.Relay  // <with:realtime/>
	Outbox      events.Dispatcher // <with:events/>
	Queue       jobs.Worker       // <with:jobs/>
}

// build assembles the application for the environment that it runs in.
func build(ctx context.Context, config Config, logger *slog.Logger) (*Application, func(), error) {
	if config.Development {
		return devSeed(ctx, config, logger)
	}
	return production(ctx, config, logger)
}

// newApplication is the last phase: the manifests are complete, so everybody
// who was waiting for them is sealed, and each checks its own part of them.
func newApplication(ctx context.Context, p parts) (*Application, error) {
	manifests := p.Features.Manifests()
	manifests = append(manifests, bridgeManifest(p.Relay)) // <with:events,realtime/>
	manifests = append(manifests, welcome(p.Respond, manifests)...)
	manifests = append(manifests, mailjob.Manifest(p.Mail.Sender)) // <with:jobs/>
	if p.Development != nil {
		manifests = append(manifests, p.Development.pages(manifests)...)
	}
	p.Frame.seal(manifests)
	if err := p.Slots.Register(manifests); err != nil {
		return nil, err
	}
	// <with:events>
	if err := p.Outbox.Seal(manifests); err != nil {
		return nil, err
	}
	// </with:events>
	// <with:jobs>
	if err := p.Queue.Seal(manifests); err != nil {
		return nil, err
	}
	// </with:jobs>
	// <with:realtime>
	sockets, err := newSockets(p, manifests)
	if err != nil {
		return nil, err
	}
	// </with:realtime>
	if p.Development != nil && !p.Config.offline {
		if err := p.Development.seed(ctx, manifests); err != nil {
			return nil, err
		}
	}
	services := p.services()
	services = append(services, metricServices(p, sockets)...) // <with:realtime/>
	application, err := app.New(app.Options{
		Manifests: manifests,
		Session:   p.Sessions.Middleware(p.Respond.Error),
		Respond:   p.Respond,
		Logger:    p.Logger,
		Mounts: []app.Mount{
			{Pattern: "/assets/*", Handler: p.Assets.Handler()},
			{Pattern: "/socket.io/", Handler: sockets}, // <with:realtime/>
		},
		Ready:           p.Checks,
		Services:        services,
		Sockets:         sockets, // <with:realtime/>
		BaseURL:         p.Config.BaseURL,
		ClientIPHeader:  p.Config.ClientIPHeader,
		ShutdownTimeout: p.Config.ShutdownTimeout,
		Middleware:      []func(http.Handler) http.Handler{telemetry.Middleware},
	})
	if err != nil {
		return nil, err
	}
	return &Application{App: application, Features: p.Features, Manifests: manifests}, nil
}

// services are what works beside requests. The relay comes before those whose
// handlers broadcast, so that it ends after them.
func (p parts) services() []app.Service {
	services := []app.Service{p.Sessions}
	services = append(services, p.Relay) // <with:realtime/>
	// <with:events|jobs>
	if p.Config.ServeOnly {
		return services
	}
	// </with:events|jobs>
	services = append(services, p.Outbox) // <with:events/>
	services = append(services, p.Queue)  // <with:jobs/>
	return services
}
