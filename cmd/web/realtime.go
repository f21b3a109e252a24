// <with:realtime/>

package main

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/google/wire"

	"example.com/pergola/cmd/internal/metrics"
	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/backplane"
)

// The infrastructure of realtime is the hub, which knows the sockets of this
// process, and the relay in front of it, through which features and sessions
// reach the sockets of every process.
var realtimeInfrastructure = wire.NewSet(
	newHub,
	newRelay,
	wire.Bind(new(realtime.Tracker), new(*realtime.Hub)),
	wire.Bind(new(realtime.Broadcaster), new(*backplane.Relay)),
	wire.Bind(new(auth.Watcher), new(*backplane.Relay)),
)

func newHub(logger *slog.Logger) *realtime.Hub { return realtime.NewHub(logger) }

// newRelay passes messages to the hub and to the other processes, if there are
// any.
func newRelay(config Config, hub *realtime.Hub, db *database.DB, logger *slog.Logger) (*backplane.Relay, error) {
	plane, err := newBackplane(config, db, logger)
	if err != nil {
		return nil, err
	}
	return backplane.NewRelay(hub, plane, logger), nil
}

// newBackplane is nil in an application of one process.
func newBackplane(config Config, db *database.DB, logger *slog.Logger) (backplane.Backplane, error) {
	switch config.Backplane {
	case BackplanePostgres:
		return backplane.NewPostgres(db, logger), nil
	case BackplaneRedis:
		plane, err := backplane.NewRedis(config.RedisURL, logger)
		if err != nil {
			return nil, fmt.Errorf("REDIS_URL: %w", err)
		}
		return plane, nil
	default:
		return nil, nil
	}
}

// newSockets serves the sockets, now that all channels are known.
func newSockets(p parts, manifests []feature.Manifest) (*realtime.Server, error) {
	return realtime.NewServer(p.Hub, authenticator(p.Sessions), manifests, realtime.Options{
		Origins:  []string{p.Config.BaseURL},
		Reporter: p.Reporter,
		Logger:   p.Logger,
	})
}

// metricServices show Prometheus how the sockets do, if it is told where.
func metricServices(p parts, sockets *realtime.Server) []app.Service {
	if p.Config.MetricsAddr == "" {
		return nil
	}
	return []app.Service{metrics.NewServer(p.Config.MetricsAddr, metrics.Sources{Sockets: sockets, Backplane: p.Relay}, p.Logger)}
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
