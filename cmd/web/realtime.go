package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/google/wire"

	"example.com/pergola/cmd/internal/metrics"
	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/backplane"
	"example.com/pergola/core/realtime/typescript"
	"example.com/pergola/core/respond"
	"example.com/pergola/web/live"
)

// realtimeSet builds the hub, which holds the sockets of this process, and the
// relay, which also broadcasts to the sockets of other processes.
var realtimeSet = wire.NewSet(
	newHub,
	newRelay,
	wire.Bind(new(realtime.Tracker), new(*realtime.Hub)),
	wire.Bind(new(realtime.Broadcaster), new(*backplane.Relay)),
	wire.Struct(new(sockets), "*"),
	newRealtimePackage,
)

// realtimeConfig is the configuration of realtime.
type realtimeConfig struct {
	Backplane      Backplane // how broadcasts reach other processes
	NeedsBackplane bool      // not ready while cut off from other processes
	RedisURL       string    // with BackplaneRedis
	MetricsAddr    string    // serves metrics to Prometheus; empty for none
}

// Backplane is how broadcasts reach the browsers of other processes.
type Backplane string

const (
	BackplaneNone     Backplane = "none" // a single process
	BackplanePostgres Backplane = "postgres"
	BackplaneRedis    Backplane = "redis"
)

func (c *realtimeConfig) load(env *environment) {
	c.Backplane = Backplane(env.oneOf("BACKPLANE", string(BackplaneNone), string(BackplaneNone), string(BackplanePostgres), string(BackplaneRedis)))
	c.NeedsBackplane = env.oneOf("BACKPLANE_READINESS", "off", "on", "off") == "on"
	c.RedisURL = env.getenv("REDIS_URL")
	c.MetricsAddr = env.optionalAddress("METRICS_ADDR")
	if c.Backplane == BackplaneRedis && !hasScheme(c.RedisURL, "redis", "rediss") {
		env.reject("REDIS_URL", "…", "an address such as redis://host:6379 when BACKPLANE is redis (the value is not shown: it may hold a password)")
	}
	if c.Backplane == BackplaneNone && (env.command == commandWork || env.getenv("WORKERS") == "off") {
		env.reject("BACKPLANE", "none", "postgres or redis for `web work` and for WORKERS=off: broadcasts of workers would not reach browsers")
	}
}

func newHub(logger *slog.Logger) *realtime.Hub { return realtime.NewHub(logger) }

// newRelay broadcasts to the hub and to other processes.
func newRelay(config Config, hub *realtime.Hub, db *database.DB, logger *slog.Logger) (*backplane.Relay, error) {
	plane, err := newBackplane(config, db, logger)
	if err != nil {
		return nil, err
	}
	return backplane.NewRelay(hub, plane, logger), nil
}

// newBackplane returns nil for a single process.
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

// sockets serves the sockets once all channels are known.
type sockets struct {
	Config   Config
	Logger   *slog.Logger
	Reporter observe.Reporter
	Sessions *auth.Sessions
	Hub      *realtime.Hub
	Relay    *backplane.Relay
	DB       *database.DB
}

func (s sockets) assemble(manifests []feature.Manifest) (app.Package, error) {
	server, err := realtime.NewServer(s.Hub, authenticator(s.Sessions), manifests, realtime.Options{
		Origins:  []string{s.Config.BaseURL},
		Reporter: s.Reporter,
		Logger:   s.Logger,
	})
	if err != nil {
		return app.Package{}, err
	}
	services := []app.Service{s.Relay}
	if s.Config.MetricsAddr != "" {
		services = append(services, metrics.NewServer(s.Config.MetricsAddr, metrics.Sources{Sockets: server, Backplane: s.Relay, Clock: s.DB}, s.Logger))
	}
	var ready []app.Check
	if s.Config.NeedsBackplane {
		ready = append(ready, app.Check{Name: "backplane", Check: s.checkBackplane})
	}
	return app.Package{
		Services: services,
		Sockets:  server,
		Ready:    ready,
		Mounts:   []app.Mount{{Pattern: "/socket.io/", Handler: server}},
	}, nil
}

func (s sockets) checkBackplane(context.Context) error {
	if m := s.Relay.Metrics(); m.Used && !m.Up {
		return errors.New("this process is cut off from the others")
	}
	return nil
}

type realtimePackage corePackage

// newRealtimePackage also shows the connection status on every page, and closes
// sockets when their session ends.
func newRealtimePackage(s sockets, watcher *sessionWatcher, rs *respond.Responder) *realtimePackage {
	watcher.Watcher = s.Relay
	return &realtimePackage{
		manifests: []feature.Manifest{{Name: "realtime", Header: []feature.HeaderItem{live.ConnectionStatus}}},
		assemble:  s.assemble,
		devPages: func(manifests []feature.Manifest) []feature.Manifest {
			return []feature.Manifest{devAsyncAPI(rs, manifests)}
		},
		describe: describeChannels,
		formats:  map[string]func(io.Writer, []feature.Manifest) error{"--typescript": writeTypeScript, "--asyncapi": writeAsyncAPI},
	}
}

func describeChannels(d *description, manifests []feature.Manifest) {
	for _, channel := range realtime.Describe(manifests) {
		if f := d.of(channel.Feature); f != nil {
			f.Channels = append(f.Channels, channel)
		}
	}
}

func writeTypeScript(w io.Writer, manifests []feature.Manifest) error {
	return typescript.Write(w, realtime.Describe(manifests))
}

// authenticator identifies the user and session of a socket.
func authenticator(sessions *auth.Sessions) realtime.Authenticator {
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
