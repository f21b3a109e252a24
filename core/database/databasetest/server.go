package databasetest

import (
	"context"
	"io/fs"
	"os"
	"testing"

	"example.com/pergola/core/database/embedded"
)

// Server is a Postgres server for one test, which the test may stop and start.
// Starting one takes about a second.
type Server struct {
	t       testing.TB
	opts    embedded.Options
	running *embedded.Server
	url     string
}

// NewServer starts a server with a migrated database for this test, and
// removes both when the test ends.
func NewServer(t testing.TB, migrations fs.FS) *Server {
	t.Helper()
	dir, err := os.MkdirTemp(fastest(""), "pergola-test-server-")
	if err != nil {
		t.Fatalf("databasetest: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	// Under root another user runs the server and needs access.
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatalf("databasetest: %v", err)
	}
	shared, err := sharedOptions()
	if err != nil {
		t.Fatalf("databasetest: %v", err)
	}
	s := &Server{t: t, opts: embedded.Options{Dir: dir, NPMDir: shared.NPMDir, Settings: settings()}}
	s.Start()
	t.Cleanup(s.Stop)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := migrate(ctx, s.url, migrations); err != nil {
		t.Fatalf("databasetest: %v", err)
	}
	return s
}

// URL returns the address of the server's database. It stays the same when the
// server is stopped and started.
func (s *Server) URL() string { return s.url }

// Stop stops the server as an operator would: connections are closed and new
// ones fail. Stopping a stopped server does nothing.
func (s *Server) Stop() {
	s.t.Helper()
	if s.running == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := s.running.Stop(ctx); err != nil {
		s.t.Errorf("databasetest: %v", err)
	}
	s.running = nil
}

// Start starts the server again, with its previous data.
func (s *Server) Start() {
	s.t.Helper()
	if s.running != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	running, err := embedded.Start(ctx, s.opts)
	if err != nil {
		s.t.Fatalf("databasetest: %v", err)
	}
	s.running = running
	if s.url != "" && s.url != running.URL() {
		s.t.Fatalf("databasetest: after a restart the server is at %s instead of %s: another program took its port", running.URL(), s.url)
	}
	s.url = running.URL()
}
