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

// Heartbeat and patience of connections.
const (
	pingInterval = 20 * time.Second
	pingTimeout  = 30 * time.Second
	closeGrace   = 5 * time.Second // for clients to close when they were told to
	stopGrace    = 2 * time.Second // the same, when the server stops
)

// Options are what a server may be told. The zero value is right for
// production behind a proxy that keeps the Host header.
type Options struct {
	// Origins are the origins whose pages may connect beside those of the
	// requested host itself: "https://example.com". Empty strings are ignored.
	Origins []string

	Limits   Limits
	Reporter observe.Reporter // told of defects of handlers, authorizers and the authenticator; a log reporter over Logger if nil
	Logger   *slog.Logger     // slog.Default() if nil
	Now      feature.Clock    // for expiry and limits; time.Now if nil
}

// Server lets sockets in: an http.Handler for /socket.io/ that takes sockets
// from the moment it is made until Stop.
type Server struct {
	gates     *gates
	transport *socketio.Server
	end       context.CancelFunc
}

var _ socketio.Handler = (*gates)(nil)

// NewServer makes the server for the channels of all manifests. It fails, with
// one line that names the feature and the file to mend, if a channel has a bad
// name, one that does not begin with its feature's, or one of another; if it
// has topics in common with another, a payload that is no plain struct or has
// tags that are not understood; if it is a user channel without {userId} or a
// keyed channel without an authorizer; and if a handler or an authorizer is
// listed twice or belongs to a channel that is not listed.
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
	hub.presenceSets.seal(routes, g.limits.SubscriptionsPerSocket, g.reporter.Report)
	transport := socketio.NewServer(g, socketio.Options{
		MaxFrame:       g.limits.FrameBytes,
		MaxQueued:      g.limits.QueuedBytes,
		ConnectTimeout: g.limits.ConnectTimeout,
		PingInterval:   pingInterval,
		PingTimeout:    pingTimeout,
		CloseGrace:     closeGrace,
	})
	return &Server{gates: g, transport: transport, end: end}, nil
}

// ServeHTTP answers the handshake of a socket: 403 for a page of a foreign
// origin, 429 for an address with too many connections, 503 while stopping.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.transport.ServeHTTP(w, r) }

// Start makes the server a service of the application. It fails after Stop.
func (s *Server) Start(context.Context) error {
	if s.gates.inFlight.isDraining() {
		return errors.New("realtime: the server was stopped and cannot start again")
	}
	return nil
}

// Stop lets no more sockets in and no more messages, waits for the handlers
// that are at work, tells every socket to come back a little later, and closes
// them. It takes ctx's time at most; its error says what was cut off.
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

// waitForHandlers leaves a part of the time for the sockets to be told.
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
		return fmt.Errorf("realtime: handlers were still at work: %w", ctx.Err())
	}
}

// Deliver does with a message what is done when a socket of this caller sends
// it: gates 3 and 4, the payload's rules, the handler. The caller's topic
// parameters are those of the topic. It is for tests; realtimetest.Send calls
// it.
func (s *Server) Deliver(ctx context.Context, topic string, payload json.RawMessage, caller Caller) error {
	by := requester{userID: caller.UserID, topic: topic}
	return s.gates.deliver(ctx, topic, payload, by, func(params map[string]string) Caller {
		caller.params = params
		return caller
	})
}
