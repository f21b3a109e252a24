package main

import (
	"context"
	"log/slog"
	"net/http"

	"example.com/pergola/cmd/internal/telemetry"
	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/respond"
	"example.com/pergola/web"
)

// Application is the assembled program with its features, packages and
// manifests.
type Application struct {
	*app.App
	Features  Features
	Packages  Packages
	Manifests []feature.Manifest
}

// parts holds the results of the first two phases.
type parts struct {
	Config   Config
	Logger   *slog.Logger
	Features Features
	DB       *database.DB

	Checks      []app.Check
	Assets      *web.Assets
	Frame       *pageFrame
	Reporter    observe.Reporter
	Respond     *respond.Responder
	Slots       *feature.Slots
	Sessions    *auth.Sessions
	Mail        *mail.Background
	Development *development // nil in production
	Packages    Packages
}

// build assembles the application for production or development.
func build(ctx context.Context, config Config, logger *slog.Logger) (*Application, func(), error) {
	if config.Development {
		return devSeed(ctx, config, logger)
	}
	return production(ctx, config, logger)
}

// newApplication is the last phase: it passes the complete manifests to
// everything that registers and validates a part of them.
func newApplication(ctx context.Context, p parts) (*Application, error) {
	manifests := p.manifests()
	p.Frame.register(manifests)
	if err := p.Slots.Register(manifests); err != nil {
		return nil, err
	}
	packages, err := p.assemble(manifests)
	if err != nil {
		return nil, err
	}
	if p.Development != nil && !p.Config.offline {
		if err := p.Development.seed(ctx, manifests); err != nil {
			return nil, err
		}
	}
	application, err := app.New(app.Options{
		Manifests:       manifests,
		Packages:        packages,
		Session:         p.Sessions.Middleware(p.Respond.Error),
		Respond:         p.Respond,
		Logger:          p.Logger,
		Mounts:          []app.Mount{{Pattern: "/assets/*", Handler: p.Assets.Handler()}},
		Ready:           p.Checks,
		Services:        []app.Service{database.NewClockWatch(p.DB, p.Logger), p.Sessions, p.Mail},
		BaseURL:         p.Config.BaseURL,
		ClientIPHeader:  p.Config.ClientIPHeader,
		Development:     p.Config.Development,
		DrainDelay:      p.Config.DrainDelay,
		ShutdownTimeout: p.Config.ShutdownTimeout,
		Middleware:      []func(http.Handler) http.Handler{telemetry.Middleware},
	})
	if err != nil {
		return nil, err
	}
	return &Application{App: application, Features: p.Features, Packages: p.Packages, Manifests: manifests}, nil
}

// manifests returns the manifests of features, packages and the application
// itself.
func (p parts) manifests() []feature.Manifest {
	manifests := p.Features.Manifests()
	for _, pkg := range p.Packages.all() {
		manifests = append(manifests, pkg.manifests...)
	}
	manifests = append(manifests, welcome(p.Respond, manifests)...)
	if p.Development != nil {
		manifests = append(manifests, p.Development.pages(p.Packages, manifests)...)
	}
	return manifests
}

func (p parts) assemble(manifests []feature.Manifest) ([]app.Package, error) {
	var assembled []app.Package
	for _, pkg := range p.Packages.all() {
		if pkg.assemble == nil {
			continue
		}
		one, err := pkg.assemble(manifests)
		if err != nil {
			return nil, err
		}
		assembled = append(assembled, one)
	}
	return assembled, nil
}
