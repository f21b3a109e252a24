package realtime

import (
	"maps"
	"slices"
	"time"
)

// Caller is the sender of a message or a subscriber.
type Caller struct {
	UserID    string   // "" for a visitor
	Name      string   // of the user, at the time of the handshake
	SessionID string   // "" for a visitor
	SocketID  string   // of this connection; differs after every reconnect
	Roles     []string // current, not those at the handshake

	params map[string]string
	socket *socket // nil in tests
}

// SignedIn reports whether the caller is signed in.
func (c Caller) SignedIn() bool { return c.UserID != "" }

// HasRole reports whether the caller has the role.
func (c Caller) HasRole(role string) bool { return slices.Contains(c.Roles, role) }

// Param returns the value of a parameter of the topic: on the topic
// "blog.article.0190.readers" of the channel "blog.article.{articleId}.readers",
// Param("articleId") is "0190". It returns "" for an unknown name.
func (c Caller) Param(name string) string { return c.params[name] }

// WithParams returns the caller with these topic parameters, for tests that call an
// authorizer directly.
func (c Caller) WithParams(params map[string]string) Caller {
	c.params = maps.Clone(params)
	return c
}

// Identity is the user and session of a connection. The zero value is a visitor.
type Identity struct {
	UserID    string
	Name      string // may be empty; Caller.Name
	SessionID string
	Roles     []string
	ExpiresAt time.Time // when the connection is closed; never if zero
}

func (id Identity) caller(socketID string) Caller {
	return Caller{UserID: id.UserID, Name: id.Name, SessionID: id.SessionID, SocketID: socketID, Roles: id.Roles}
}
