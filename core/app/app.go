// Package app assembles the manifests of features into one running server.
//
// It is the last of three phases: a program makes its edges (database,
// sessions, realtime hub), then its features, and gives both to New:
//
//	application, err := app.New(app.Options{
//		Manifests: features.Manifests(),
//		Session:   sessions.Middleware,
//		Respond:   responder,
//		Services:  []app.Service{outbox, queue},
//		Sockets:   realtimeServer,
//	})
//	…
//	err = application.Run(ctx, listener) // until ctx ends, then drains
//
// New checks what can be checked before the first request, so that a wrong
// manifest stops the program at start with one line that says where to mend
// it. Run starts the services in order, serves, and when its context ends
// drains within Options.ShutdownTimeout: /readyz says 503, no new connection is
// taken, sockets are told while requests finish, and then the services stop.
//
// The package knows no feature, and neither realtime nor events nor jobs: they
// are services and handlers to it, so that an application may do without.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
)

// Service is something that works beside requests: event handlers, jobs, the
// realtime server. Start returns when the work has begun; Stop ends it within
// its context and hands back what is not done.
type Service interface {
	Start(context.Context) error
	Stop(context.Context) error
}

// Check is one condition for taking requests, shown by name on /readyz.
type Check struct {
	Name  string
	Check func(context.Context) error
}

// Mount is a handler that stands outside of the features: no session is
// loaded for it, and it compresses for itself.
type Mount struct {
	Pattern string // as chi understands it: "/assets/*"
	Handler http.Handler
}

// Package is what an optional core package (realtime, events, jobs) adds to an
// application.
type Package struct {
	Services []Service // as Options.Services
	Sockets  Service   // as Options.Sockets; nil for none
	Mounts   []Mount
	Ready    []Check
}

// Options is what a program gives to New. Zero durations and sizes mean the
// defaults named next to them.
type Options struct {
	Manifests []feature.Manifest
	Packages  []Package // added to the lists below, in this order

	Session func(http.Handler) http.Handler // loads the session; required
	Respond *respond.Responder              // answers errors; required
	Logger  *slog.Logger                    // required

	Mounts []Mount
	Ready  []Check

	Services []Service // started in this order; stopped in reverse when all requests have finished
	Sockets  Service   // what holds connections open: started last, told first when draining; nil for none

	// BaseURL is where browsers find the application: "https://example.com".
	// Unsafe requests from any other origin are refused; with https it turns
	// on the headers that only make sense there.
	BaseURL string

	// ClientIPHeader names the header in which the proxy in front of the
	// application tells the client's address. Empty trusts no header.
	ClientIPHeader string

	MaxBody           int64         // bytes of a request body; 1 MiB
	MaxHeader         int           // bytes of a request's head; 32 KiB, and 4 KiB that net/http adds
	ReadHeaderTimeout time.Duration // for the head of a request; 5 s
	RequestTimeout    time.Duration // for reading a request, and for the work on it; 30 s
	IdleTimeout       time.Duration // for the next request on a connection; 2 min
	ShutdownTimeout   time.Duration // for draining; 20 s

	// Middleware wraps every request, outermost first, after the application's
	// own: telemetry is one.
	Middleware []func(http.Handler) http.Handler
}

// App is an assembled application.
type App struct {
	options  Options
	handler  http.Handler
	draining atomic.Bool
}

// New checks the manifests and builds the handler. The error says in one line
// what is wrong and where to mend it.
func New(options Options) (*App, error) {
	if err := checkManifests(options.Manifests); err != nil {
		return nil, err
	}
	a := &App{options: options.withDefaults().withPackages()}
	handler, err := a.routes()
	if err != nil {
		return nil, err
	}
	a.handler = handler
	return a, nil
}

func (o Options) withDefaults() Options {
	o.MaxBody = cmp.Or(o.MaxBody, 1<<20)
	o.MaxHeader = cmp.Or(o.MaxHeader, 32<<10)
	o.ReadHeaderTimeout = cmp.Or(o.ReadHeaderTimeout, 5*time.Second)
	o.RequestTimeout = cmp.Or(o.RequestTimeout, 30*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 2*time.Minute)
	o.ShutdownTimeout = cmp.Or(o.ShutdownTimeout, 20*time.Second)
	return o
}

func (o Options) withPackages() Options {
	o.Services, o.Mounts, o.Ready = slices.Clone(o.Services), slices.Clone(o.Mounts), slices.Clone(o.Ready)
	for _, p := range o.Packages {
		o.Services = append(o.Services, p.Services...)
		o.Mounts = append(o.Mounts, p.Mounts...)
		o.Ready = append(o.Ready, p.Ready...)
		if p.Sockets != nil {
			o.Sockets = p.Sockets
		}
	}
	return o
}

// Handler is the whole application, for tests that need no listener.
func (a *App) Handler() http.Handler { return a.handler }

// Run serves on the listener until ctx ends, then drains. It returns nil after
// an orderly end and otherwise what went wrong first.
func (a *App) Run(ctx context.Context, listener net.Listener) error {
	started, err := startAll(ctx, a.servicesAndSockets())
	if err != nil {
		return errors.Join(err, a.within(stopAll(started)), listener.Close())
	}
	server := a.server()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	select {
	case err := <-served:
		return errors.Join(fmt.Errorf("serve: %w", err), a.within(stopAll(started)))
	case <-ctx.Done():
		a.draining.Store(true)
		a.options.Logger.Info("draining", "timeout", a.options.ShutdownTimeout)
		return a.within(a.drain(server, started))
	}
}

// answerGrace is how much longer than the work on a request its answer may
// take, so that a request whose time is over is told so.
const answerGrace = 10 * time.Second

func (a *App) server() *http.Server {
	return &http.Server{
		Handler:           a.handler,
		ReadHeaderTimeout: a.options.ReadHeaderTimeout,
		ReadTimeout:       a.options.RequestTimeout,
		WriteTimeout:      a.options.RequestTimeout + answerGrace,
		IdleTimeout:       a.options.IdleTimeout,
		MaxHeaderBytes:    a.options.MaxHeader,
		ErrorLog:          slog.NewLogLogger(a.options.Logger.Handler(), slog.LevelWarn),
	}
}

func (a *App) servicesAndSockets() []Service {
	if a.options.Sockets == nil {
		return a.options.Services
	}
	return append(slices.Clone(a.options.Services), a.options.Sockets)
}

// startAll starts what works beside requests. Services outlive ctx: they end
// when draining stops them, not when it begins.
func startAll(ctx context.Context, services []Service) (started []Service, err error) {
	for _, service := range services {
		if err := service.Start(context.WithoutCancel(ctx)); err != nil {
			return started, fmt.Errorf("start %T: %w", service, err)
		}
		started = append(started, service)
	}
	return started, nil
}

// drain closes the listeners, lets requests finish while sockets are told,
// and only then stops the services, because a last request may still give
// them work.
func (a *App) drain(server *http.Server, started []Service) func(context.Context) error {
	return func(ctx context.Context) error {
		finished := make(chan error, 1)
		go func() { finished <- finishRequests(ctx, server, a.options.ShutdownTimeout*3/4) }()
		var socketsErr error
		if a.options.Sockets != nil {
			started = started[:len(started)-1]
			socketsErr = a.options.Sockets.Stop(ctx)
		}
		requestsErr := <-finished
		return errors.Join(socketsErr, requestsErr, stopAll(started)(ctx))
	}
}

// within gives an ending ShutdownTimeout and no more.
func (a *App) within(end func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), a.options.ShutdownTimeout)
	defer cancel()
	return end(ctx)
}

// finishRequests cuts off what takes longer, so that services have time to
// stop as well.
func finishRequests(ctx context.Context, server *http.Server, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("finish requests: %w", err), server.Close())
	}
	return nil
}

func stopAll(started []Service) func(context.Context) error {
	return func(ctx context.Context) error {
		var errs []error
		for _, service := range slices.Backward(started) {
			if err := service.Stop(ctx); err != nil {
				errs = append(errs, fmt.Errorf("stop %T: %w", service, err))
			}
		}
		return errors.Join(errs...)
	}
}
