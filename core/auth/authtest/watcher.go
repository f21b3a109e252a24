package authtest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"example.com/pergola/core/auth"
)

// Watcher is an auth.Watcher that remembers what it was told.
type Watcher struct {
	mu   sync.Mutex
	told []string
}

var _ auth.Watcher = (*Watcher)(nil)

// NewWatcher makes a Watcher that was told nothing yet.
func NewWatcher() *Watcher { return &Watcher{} }

// Told returns what the watcher was told, in order, one line each:
// "session ended ID", "user signed out ID", "roles changed ID: editor, reader".
func (w *Watcher) Told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.told)
}

// SessionEnded implements auth.Watcher.
func (w *Watcher) SessionEnded(_ context.Context, sessionID string) {
	w.remember("session ended " + sessionID)
}

// UserSignedOut implements auth.Watcher.
func (w *Watcher) UserSignedOut(_ context.Context, userID string) {
	w.remember("user signed out " + userID)
}

// RolesChanged implements auth.Watcher.
func (w *Watcher) RolesChanged(_ context.Context, userID string, roles []string) {
	w.remember("roles changed " + userID + ": " + strings.Join(roles, ", "))
}

func (w *Watcher) remember(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, line)
}
