package auth_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/auth"
)

func TestStart_deletesExpiredSessions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	active, expired := newRecord("", time.Now()), newRecord("", time.Now().Add(-2*time.Hour)) // each lasts an hour
	f.insert(t, active, expired)
	sessions := auth.NewSessions(f.store, auth.NoWatcher{}, auth.Options{CleanupInterval: 5 * time.Millisecond})

	if err := sessions.Start(t.Context()); err != nil {
		t.Fatalf("Start: %v", err)
	}
	await(t, "the expired session to be deleted", func() bool {
		var left int
		err := f.db.QueryRow(t.Context(), `select count(*) from auth_sessions`).Scan(&left)
		return err == nil && left == 1
	})
	if err := sessions.Stop(t.Context()); err != nil {
		t.Errorf("Stop: %v", err)
	}

	if !f.exists(t, active) {
		t.Error("an active session was deleted")
	}
}

func TestStart_continuesAfterAFailedCleanup(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var failures failureCounter
	sessions := auth.NewSessions(f.store, auth.NoWatcher{}, auth.Options{
		CleanupInterval: 5 * time.Millisecond, Logger: slog.New(&failures),
	})
	f.db.Close()
	if err := sessions.Start(t.Context()); err != nil {
		t.Fatalf("Start: %v", err)
	}
	if sessions.Start(t.Context()) == nil {
		t.Error("a second Start: got no error")
	}

	await(t, "two failed cleanups", func() bool { return failures.Load() >= 2 })

	if err := sessions.Stop(t.Context()); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func TestStop_withoutStartDoesNothing(t *testing.T) {
	t.Parallel()
	sessions := auth.NewSessions(newFixture(t).store, auth.NoWatcher{}, auth.Options{})

	if err := sessions.Stop(t.Context()); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// failureCounter is a slog.Handler that counts failed cleanups.
type failureCounter struct{ atomic.Int64 }

func (c *failureCounter) Enabled(context.Context, slog.Level) bool { return true }
func (c *failureCounter) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c *failureCounter) WithGroup(string) slog.Handler            { return c }
func (c *failureCounter) Handle(_ context.Context, record slog.Record) error {
	if strings.Contains(record.Message, "deleting expired sessions failed") {
		c.Add(1)
	}
	return nil
}

// await polls until the condition is met.
func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.After(time.Minute); !met(); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}
