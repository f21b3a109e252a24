package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime/internal/socketio"
)

// Heartbeat and timeouts of connections.
const (
	pingInterval = 20 * time.Second
	pingTimeout  = 30 * time.Second
	closeGrace   = 5 * time.Second // for clients to close after the server asked them to
	stopGrace    = 2 * time.Second // the same, when the server stops
)

// Options configures a server. The zero value is right for production behind a
// proxy that keeps the Host header.
type Options struct {
	// Origins lists the origins whose pages may connect in addition to those of
	// the requested host: "https://example.com". Empty strings are ignored.
	Origins []string

	Limits   Limits
	Reporter observe.Reporter // receives defects of handlers, authorizers and the authenticator; logs them if nil
	Logger   *slog.Logger     // slog.Default() if nil
	Now      feature.Clock    // for expiry and limits; time.Now if nil
}

// Server is the http.Handler for /socket.io/. It accepts sockets until Stop.
type Server struct {
	gates     *gates
	transport *socketio.Server
	end       context.CancelFunc
}

var _ socketio.Handler = (*gates)(nil)

// NewServer returns the server for the channels of all manifests. It fails, with
// one line that names the feature and the file to fix, if a channel has an invalid
// or duplicate name, or one that does not begin with its feature; if it shares
// topics with another channel; if its payload is not a plain struct or has unknown
// tags; if it is a user channel without {userId} or a keyed channel without an
// authorizer; and if it has two handlers or presences.
func NewServer(hub *Hub, authn Authenticator, manifests []feature.Manifest, opts Options) (*Server, error) {
	routes, err := newRoutes(manifests)
	if err != nil {
		return nil, err
	}
	origins, err := newOrigins(opts.Origins)
	if err != nil {
		return nil, err
	}
	ctx, end := context.WithCancel(context.Background())
	g := &gates{
		hub:       hub,
		authn:     authn,
		routes:    routes,
		origins:   origins,
		addresses: addresses{open: map[string]int{}},
		limits:    opts.Limits.withDefaults(),
		reporter:  opts.Reporter,
		now:       opts.Now,
		ctx:       ctx,
	}
	if g.reporter == nil {
		logger := opts.Logger
		if logger == nil {
			logger = slog.Default()
		}
		g.reporter = observe.NewLogReporter(logger)
	}
	if g.now == nil {
		g.now = time.Now
	}
	hub.presenceSets.register(routes, g.limits.SubscriptionsPerSocket, g.reporter.Report)
	transport := socketio.NewServer(g, socketio.Options{
		MaxFrame:       g.limits.FrameBytes,
		MaxQueued:      g.limits.QueuedBytes,
		ConnectTimeout: g.limits.ConnectTimeout,
		PingInterval:   pingInterval,
		PingTimeout:    pingTimeout,
		CloseGrace:     closeGrace,
		Polled:         g.polled,
	})
	return &Server{gates: g, transport: transport, end: end}, nil
}

// ServeHTTP answers the handshake of a socket, with 403 for a page of a foreign
// origin, 429 for an address with too many connections, and 503 while stopping.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.transport.ServeHTTP(w, r) }

// Start implements app.Service. It fails after Stop.
func (s *Server) Start(context.Context) error {
	if s.gates.inFlight.isDraining() {
		return errors.New("realtime: a stopped server cannot be started again")
	}
	return nil
}

// Stop rejects new sockets and messages, waits for running handlers, asks every
// client to reconnect a little later, and closes the sockets. It returns at the
// latest when ctx is done, with an error that names what was interrupted.
func (s *Server) Stop(ctx context.Context) error {
	defer s.end()
	idle := s.gates.inFlight.drain()
	handlersErr := waitForHandlers(ctx, idle)
	shutAll(s.gates.hub.all(), ClosedRestart)
	closing, cancel := context.WithTimeout(ctx, stopGrace)
	defer cancel()
	s.transport.Drain(closing)
	if err := s.transport.Close(ctx); err != nil {
		return errors.Join(handlersErr, fmt.Errorf("realtime: close %d connections: %w", s.transport.Connections(), err))
	}
	return handlersErr
}

// waitForHandlers leaves some of the time for closing the sockets.
func waitForHandlers(ctx context.Context, idle <-chan struct{}) error {
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, max(left/2, left-2*stopGrace))
		defer cancel()
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("realtime: handlers are still running: %w", ctx.Err())
	}
}

// Deliver handles a message as if a socket of this caller had sent it: gates 3 and
// 4, validation, the handler. The caller's parameters are those of the topic. It is
// for tests; realtimetest.Send calls it.
func (s *Server) Deliver(ctx context.Context, topic string, payload json.RawMessage, caller Caller) error {
	by := requester{userID: caller.UserID, topic: topic}
	return s.gates.deliver(ctx, topic, payload, by, func(params map[string]string) Caller {
		caller.params = params
		return caller
	})
}
