package realtime

import (
	"context"
	"slices"
)

// Renew has every socket come back: who it is and what it may hear is asked
// anew, and its page asks for what it missed. It is for a process that was not
// told of something.
func (h *Hub) Renew() {
	h.mu.Lock()
	for a := range h.arrivals {
		a.renewed = true
	}
	sockets := listed(h.sockets)
	h.mu.Unlock()
	for _, s := range sockets {
		s.shut(ClosedRestart)
	}
}

// RenewUser has the user's sockets come back.
func (h *Hub) RenewUser(userID string) {
	h.mu.Lock()
	for a := range h.arrivals {
		a.users[userID] = true
	}
	sockets := listed(h.byUser[userID])
	h.mu.Unlock()
	for _, s := range sockets {
		s.shut(ClosedRestart)
	}
}

// SessionEnded closes the sockets of the session.
func (h *Hub) SessionEnded(_ context.Context, sessionID string) {
	h.mu.Lock()
	for a := range h.arrivals {
		a.ended[sessionID] = true
	}
	sockets := listed(h.bySession[sessionID])
	h.mu.Unlock()
	for _, s := range sockets {
		s.shut(ClosedSessionEnded)
	}
}

// UserSignedOut closes all sockets of the user.
func (h *Hub) UserSignedOut(_ context.Context, userID string) {
	h.mu.Lock()
	for a := range h.arrivals {
		a.signedOut[userID] = true
	}
	sockets := listed(h.byUser[userID])
	h.mu.Unlock()
	for _, s := range sockets {
		s.shut(ClosedSessionEnded)
	}
}

// RolesChanged takes from the user's sockets the channels that these roles do
// not open, before it returns, and asks the authorisers of their keyed channels
// again, after it has returned. The client is told of each that it lost.
func (h *Hub) RolesChanged(_ context.Context, userID string, roles []string) {
	roles = slices.Clone(roles)
	h.mu.Lock()
	for a := range h.arrivals {
		a.roles[userID] = roles
	}
	sockets := listed(h.byUser[userID])
	h.mu.Unlock()
	for _, s := range sockets {
		s.changeRoles(roles)
	}
}
