package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"example.com/pergola/cmd/internal/telemetry"
	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/bridge"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/backplane"
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

	Checks   []app.Check
	Assets   *web.Assets
	Frame    *pageFrame
	Reporter observe.Reporter
	Respond  *respond.Responder
	Sessions *auth.Sessions
	Hub      *realtime.Hub
	Relay    *backplane.Relay
	Outbox   events.Dispatcher
	Queue    jobs.Worker
}

// newApplication is the last phase: the manifests are complete, so everybody
// who was waiting for them is sealed, and each checks its own part of them.
func newApplication(ctx context.Context, p parts) (*Application, error) {
	manifests := append(p.Features.Manifests(), feature.Manifest{
		Name:  "bridge",
		Parts: []feature.Part{bridge.Handlers(p.Relay, bridgeRules()...)},
	})
	if p.Config.Development {
		manifests = append(manifests, devPages(p.Respond, p.Assets))
	}
	p.Frame.seal(manifests)
	if err := p.Outbox.Seal(manifests); err != nil {
		return nil, err
	}
	if err := p.Queue.Seal(manifests); err != nil {
		return nil, err
	}
	sockets, err := realtime.NewServer(p.Hub, authenticator(p.Sessions), manifests, realtime.Options{
		Origins:  []string{p.Config.BaseURL},
		Reporter: p.Reporter,
		Logger:   p.Logger,
	})
	if err != nil {
		return nil, err
	}
	if err := seed(ctx, p.Config, manifests); err != nil {
		return nil, err
	}
	application, err := app.New(app.Options{
		Manifests: manifests,
		Session:   p.Sessions.Middleware(p.Respond.Error),
		Respond:   p.Respond,
		Logger:    p.Logger,
		Mounts: []app.Mount{
			{Pattern: "/assets/*", Handler: p.Assets.Handler()},
			{Pattern: "/socket.io/", Handler: sockets},
		},
		Ready:           p.Checks,
		Services:        p.services(),
		Sockets:         sockets,
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
	services := []app.Service{p.Sessions, p.Relay}
	if p.Config.ServeOnly {
		return services
	}
	return append(services, p.Outbox, p.Queue)
}

// authenticator lets the realtime core ask whose session a socket comes with.
func authenticator(sessions *auth.Sessions) realtime.AuthenticatorFunc {
	return func(r *http.Request) (realtime.Identity, error) {
		identity, err := sessions.Authenticate(r)
		if err != nil {
			return realtime.Identity{}, err
		}
		return realtime.Identity{
			UserID:    identity.User.ID,
			Name:      identity.User.Name,
			SessionID: identity.SessionID,
			Roles:     identity.User.Roles,
			ExpiresAt: identity.ExpiresAt,
		}, nil
	}
}

// seed makes the sample data of development.
func seed(ctx context.Context, config Config, manifests []feature.Manifest) error {
	if !config.Development {
		return nil
	}
	for _, manifest := range manifests {
		if manifest.Seed == nil {
			continue
		}
		if err := manifest.Seed(ctx); err != nil {
			return fmt.Errorf("make the sample data of %s: %w", manifest.Name, err)
		}
	}
	return nil
}
