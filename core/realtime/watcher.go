package realtime

import (
	"context"
	"slices"
)

// Reconnect makes all clients reconnect, so that their sessions and subscriptions
// are checked again and their pages fetch the current state. Call it when this
// process may have missed a notification.
func (h *Hub) Reconnect() {
	h.note(func(a *pendingConnection) { a.reconnect = true })
	shutAll(h.all(), ClosedRestart)
}

// ReconnectUser makes the user's clients reconnect.
func (h *Hub) ReconnectUser(userID string) {
	h.note(func(a *pendingConnection) { a.users[userID] = true })
	shutAll(h.listed(h.byUser, userID), ClosedRestart)
}

// SessionEnded closes the sockets of the session.
func (h *Hub) SessionEnded(_ context.Context, sessionID string) {
	h.note(func(a *pendingConnection) { a.ended[sessionID] = true })
	shutAll(h.listed(h.bySession, sessionID), ClosedSessionEnded)
}

// UserSignedOut closes all sockets of the user.
func (h *Hub) UserSignedOut(_ context.Context, userID string) {
	h.note(func(a *pendingConnection) { a.signedOut[userID] = true })
	shutAll(h.listed(h.byUser, userID), ClosedSessionEnded)
}

// RolesChanged removes the user's subscriptions that the roles do not allow before
// it returns, and calls the authorizers of keyed channels again afterwards. Clients
// are notified of each subscription that they lose.
func (h *Hub) RolesChanged(_ context.Context, userID string, roles []string) {
	roles = slices.Clone(roles)
	h.note(func(a *pendingConnection) { a.roles[userID] = roles })
	for _, s := range h.listed(h.byUser, userID) {
		s.changeRoles(roles)
	}
}

// note notifies pending connections. Call it before looking at the sockets, so
// that a connection that is admitted in between has been notified.
func (h *Hub) note(change func(*pendingConnection)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for a := range h.pending {
		change(a)
	}
}

func (h *Hub) listed(by map[string]map[*socket]struct{}, key string) []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	return listed(by[key])
}
