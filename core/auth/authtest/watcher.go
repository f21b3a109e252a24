package authtest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"example.com/pergola/core/auth"
)

// Watcher is an auth.Watcher that records its calls.
type Watcher struct {
	mu    sync.Mutex
	calls []string
}

var _ auth.Watcher = (*Watcher)(nil)

// NewWatcher creates a Watcher without calls.
func NewWatcher() *Watcher { return &Watcher{} }

// Calls returns the calls in order, one line each:
// "session ended ID", "user signed out ID", "roles changed ID: editor, reader".
func (w *Watcher) Calls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// SessionEnded implements auth.Watcher.
func (w *Watcher) SessionEnded(_ context.Context, sessionID string) {
	w.record("session ended " + sessionID)
}

// UserSignedOut implements auth.Watcher.
func (w *Watcher) UserSignedOut(_ context.Context, userID string) {
	w.record("user signed out " + userID)
}

// RolesChanged implements auth.Watcher.
func (w *Watcher) RolesChanged(_ context.Context, userID string, roles []string) {
	w.record("roles changed " + userID + ": " + strings.Join(roles, ", "))
}

func (w *Watcher) record(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, line)
}
