package realtimetest

import (
	"net/http"

	"example.com/pergola/core/app"
	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
)

// Server is the realtime server of an apptest application.
type Server struct {
	Hub *realtime.Hub

	infra *apptest.Infrastructure
}

// NewServer adds realtime to the application.
func NewServer(infra *apptest.Infrastructure) *Server {
	s := &Server{Hub: realtime.NewHub(infra.Logger), infra: infra}
	infra.Use(apptest.Package{Assemble: s.assemble, Watcher: s.Hub})
	return s
}

func (s *Server) assemble(manifests []feature.Manifest) (app.Package, error) {
	sockets, err := realtime.NewServer(s.Hub, s.authenticator(), manifests, realtime.Options{Logger: s.infra.Logger})
	if err != nil {
		return app.Package{}, err
	}
	return app.Package{
		Mounts:  []app.Mount{{Pattern: "/socket.io/", Handler: sockets}},
		Sockets: sockets,
	}, nil
}

func (s *Server) authenticator() realtime.Authenticator {
	return func(r *http.Request) (realtime.Identity, error) {
		identity, err := s.infra.Sessions.Authenticate(r)
		return realtime.Identity{
			UserID:    identity.User.ID,
			Name:      identity.User.Name,
			SessionID: identity.SessionID,
			Roles:     identity.User.Roles,
			ExpiresAt: identity.ExpiresAt,
		}, err
	}
}

// Socket opens a real Socket.IO connection in a new session of the user.
func (s *Server) Socket(user auth.User) *Client {
	s.infra.T.Helper()
	header := http.Header{"Origin": {s.infra.URL}}
	for _, cookie := range s.infra.Cookies(user) {
		header.Add("Cookie", cookie.String())
	}
	return Dial(s.infra.T, s.infra.URL, header)
}
