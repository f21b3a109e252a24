package realtime

import (
	"context"
	"slices"
)

// Reconnect has every socket come back: who it is and what it may hear is asked
// anew, and its page asks for what it missed. It is for a process that was not
// told of something.
func (h *Hub) Reconnect() {
	h.note(func(a *pendingConnection) { a.reconnect = true })
	shutAll(h.all(), ClosedRestart)
}

// ReconnectUser has the user's sockets come back.
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

// RolesChanged takes from the user's sockets the channels that these roles do
// not open, before it returns, and asks the authorizers of their keyed channels
// again, after it has returned. The client is told of each that it lost.
func (h *Hub) RolesChanged(_ context.Context, userID string, roles []string) {
	roles = slices.Clone(roles)
	h.note(func(a *pendingConnection) { a.roles[userID] = roles })
	for _, s := range h.listed(h.byUser, userID) {
		s.changeRoles(roles)
	}
}

// note tells whoever is arriving. It comes before a look at the sockets: who
// arrives in between has been told, and is there as well.
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
