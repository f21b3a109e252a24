// Package app assembles the manifests of features into one running server.
//
// It is the last of three phases: a program creates its infrastructure (database,
// sessions, realtime hub), then its features, and passes both to New:
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
// New checks everything that can be checked before the first request, so an
// invalid manifest stops the program at startup with one line that names the file
// to fix. Run starts the services in order and serves. When its context is
// canceled, it drains: /readyz returns 503 while requests are still served for
// Options.DrainDelay, so that load balancers notice. Then, within
// Options.ShutdownTimeout, the listener closes, sockets are asked to reconnect
// while requests finish, and the services stop.
//
// The package imports no feature, and none of realtime, events and jobs. To this
// package they are services and handlers, so an application can leave them out.
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

// Service runs in the background: event handlers, jobs, the realtime server.
// Start returns when it is running. Stop ends it within its context and releases
// unfinished work.
type Service interface {
	Start(context.Context) error
	Stop(context.Context) error
}

// Check is one condition for accepting requests, shown by name on /readyz.
type Check struct {
	Name  string
	Check func(context.Context) error
}

// Mount is a handler outside the features. It gets no session, and it compresses
// its own responses.
type Mount struct {
	Pattern string // a chi pattern: "/assets/*"
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

// Options configures an App. Zero durations and sizes mean the defaults named
// next to them.
type Options struct {
	Manifests []feature.Manifest
	Packages  []Package // added to the lists below, in this order

	Session func(http.Handler) http.Handler // loads the session; required
	Respond *respond.Responder              // responds to errors; required
	Logger  *slog.Logger                    // required

	Mounts []Mount
	Ready  []Check

	Services []Service // started in this order; stopped in reverse order after all requests have finished
	Sockets  Service   // holds connections open; started last and stopped first; nil for none

	// BaseURL is the public URL of the application: "https://example.com". Unsafe
	// requests from any other origin are rejected. With https it also enables the
	// headers that only make sense there.
	BaseURL string

	// ClientIPHeader names the header in which the proxy in front of the
	// application sends the client's address. If empty, no header is trusted.
	ClientIPHeader string

	Development bool // the proxy in front is the development server's

	MaxBody           int64         // bytes of a request body; 1 MiB
	MaxHeader         int           // bytes of a request's headers; 32 KiB, plus 4 KiB that net/http adds
	ReadHeaderTimeout time.Duration // for the headers of a request; 5 s
	RequestTimeout    time.Duration // for reading a request, and for handling it; 30 s
	IdleTimeout       time.Duration // for the next request on a connection; 2 min
	DrainDelay        time.Duration // between the signal and draining, for load balancers; none
	ShutdownTimeout   time.Duration // for draining; 20 s

	// Middleware wraps every request, outermost first, inside the application's own
	// middleware. Telemetry is an example.
	Middleware []func(http.Handler) http.Handler
}

// App is an assembled application.
type App struct {
	options  Options
	handler  http.Handler
	draining atomic.Bool
}

// New checks the manifests and builds the handler. The error is one line that
// names the problem and the file to fix.
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

// Handler returns the complete application, for tests that need no listener.
func (a *App) Handler() http.Handler { return a.handler }

// Run serves on the listener until ctx is canceled, then drains. It returns nil
// after a clean shutdown.
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
	}
	a.draining.Store(true)
	a.options.Logger.Info("draining", "delay", a.options.DrainDelay, "timeout", a.options.ShutdownTimeout)
	select {
	case err := <-served:
		return errors.Join(fmt.Errorf("serve: %w", err), a.within(stopAll(started)))
	case <-time.After(a.options.DrainDelay):
		return a.within(a.drain(server, started))
	}
}

// responseGrace is the time that remains for writing a response after
// RequestTimeout, so that a request that timed out still gets one.
const responseGrace = 10 * time.Second

func (a *App) server() *http.Server {
	return &http.Server{
		Handler:           a.handler,
		ReadHeaderTimeout: a.options.ReadHeaderTimeout,
		ReadTimeout:       a.options.RequestTimeout,
		WriteTimeout:      a.options.RequestTimeout + responseGrace,
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

// startAll starts the services. They outlive ctx: they run until draining stops
// them, not until it begins.
func startAll(ctx context.Context, services []Service) (started []Service, err error) {
	for _, service := range services {
		if err := service.Start(context.WithoutCancel(ctx)); err != nil {
			return started, fmt.Errorf("start %T: %w", service, err)
		}
		started = append(started, service)
	}
	return started, nil
}

// drain closes the listeners, lets requests finish while it stops the sockets, and
// only then stops the services, because the last requests may still need them.
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

// within calls stop with a context that ends after ShutdownTimeout.
func (a *App) within(stop func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), a.options.ShutdownTimeout)
	defer cancel()
	return stop(ctx)
}

// finishRequests closes the connections of requests that take longer than timeout,
// so that the services have time to stop as well.
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
