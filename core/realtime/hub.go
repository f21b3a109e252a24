package realtime

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime/internal/socketio"
)

// Hub knows every socket of this process and its subscriptions. It is the
// Broadcaster of the application, and the auth.Watcher that core/auth notifies of
// ended sessions and changed roles.
type Hub struct {
	logger       *slog.Logger
	topics       topics
	presenceSets presenceSets

	rejections rejections
	changes    atomic.Uint64 // of what Stats returns, counted
	rechecks   rechecks

	broadcasts observe.Durations

	mu        sync.Mutex
	sockets   map[*socket]struct{}
	bySession map[string]map[*socket]struct{}
	byUser    map[string]map[*socket]struct{}
	pending   map[*pendingConnection]struct{}
}

var _ Broadcaster = (*Hub)(nil)

// NewHub returns a hub without sockets. NewServer accepts them.
func NewHub(logger *slog.Logger) *Hub {
	if logger == nil {
		logger = slog.Default()
	}
	h := &Hub{
		logger:    logger,
		topics:    topics{byName: map[string]*topic{}},
		rechecks:  newRechecks(),
		sockets:   map[*socket]struct{}{},
		bySession: map[string]map[*socket]struct{}{},
		byUser:    map[string]map[*socket]struct{}{},
		pending:   map[*pendingConnection]struct{}{},
	}
	h.presenceSets = presenceSets{send: h.topics.send, byTopic: map[string]*presenceSet{}}
	return h
}

// Broadcast sends the message to all subscribers of its topic: after the commit if
// ctx carries a transaction, never if that rolls back, otherwise immediately. It
// never fails and never waits for a browser.
func (h *Hub) Broadcast(ctx context.Context, message Message) error {
	database.AfterCommit(ctx, func(context.Context) { h.send(message) })
	return nil
}

func (h *Hub) send(message Message) {
	defer h.broadcasts.Since(time.Now())
	h.topics.send(message.Topic, func() socketio.Frame {
		return socketio.NewEvent(message.Topic, message.JSON, newMeta())
	})
}

// pendingConnection is a connection whose session is being read. It records the
// notifications that arrive in the meantime, because they may be newer than the session
// that was read.
type pendingConnection struct {
	reconnect bool                // all connections must reconnect
	users     map[string]bool     // who must reconnect
	ended     map[string]bool     // sessions
	signedOut map[string]bool     // users
	roles     map[string][]string // of users
}

func (h *Hub) addPending() *pendingConnection {
	a := &pendingConnection{users: map[string]bool{}, ended: map[string]bool{}, signedOut: map[string]bool{}, roles: map[string][]string{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pending[a] = struct{}{}
	return a
}

func (h *Hub) removePending(a *pendingConnection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pending, a)
}

// admit adds the socket of a pending connection to the hub.
func (h *Hub) admit(a *pendingConnection, s *socket, perSession int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	identity := &s.identity
	if a.reconnect || a.users[identity.UserID] {
		return fault.Unavailable.New("Connect again.")
	}
	if identity.SessionID != "" {
		if a.ended[identity.SessionID] || a.signedOut[identity.UserID] {
			return errSessionOver
		}
		if len(h.bySession[identity.SessionID]) >= perSession {
			return fault.TooMany.New("This session has too many open connections.")
		}
	}
	if roles, changed := a.roles[identity.UserID]; changed {
		identity.Roles = roles
	}
	h.sockets[s] = struct{}{}
	index(h.bySession, identity.SessionID, s)
	index(h.byUser, identity.UserID, s)
	h.changes.Add(1)
	return nil
}

func (h *Hub) remove(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sockets, s)
	unindex(h.bySession, s.sessionID, s)
	unindex(h.byUser, s.userID, s)
	h.changes.Add(1)
}

func index(by map[string]map[*socket]struct{}, key string, s *socket) {
	if key == "" {
		return
	}
	if by[key] == nil {
		by[key] = map[*socket]struct{}{}
	}
	by[key][s] = struct{}{}
}

func unindex(by map[string]map[*socket]struct{}, key string, s *socket) {
	delete(by[key], s)
	if len(by[key]) == 0 {
		delete(by, key)
	}
}

// listed copies a set of sockets. The hub must be locked.
func listed(set map[*socket]struct{}) []*socket {
	list := make([]*socket, 0, len(set))
	for s := range set {
		list = append(list, s)
	}
	return list
}

func (h *Hub) all() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	return listed(h.sockets)
}
