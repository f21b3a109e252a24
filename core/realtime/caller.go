package realtime

import (
	"maps"
	"slices"
	"time"
)

// Caller is who sent a message or asks for a topic.
type Caller struct {
	UserID    string   // "" for a visitor
	Name      string   // of the user, as it was at the handshake
	SessionID string   // "" for a visitor
	SocketID  string   // of this connection, fresh after every reconnect
	Roles     []string // as they are now, not as they were at the handshake

	params map[string]string
	socket *socket // nil for a caller of a test
}

// SignedIn reports whether the caller is anybody at all.
func (c Caller) SignedIn() bool { return c.UserID != "" }

// HasRole reports whether the caller was granted the role.
func (c Caller) HasRole(role string) bool { return slices.Contains(c.Roles, role) }

// Param is the value of a parameter of the topic: for a message on
// "blog.article.0190.readers", of the channel
// "blog.article.{articleId}.readers", Param("articleId") is "0190". It is ""
// for a name that the channel does not have.
func (c Caller) Param(name string) string { return c.params[name] }

// WithParams is the caller with these topic parameters: for tests that call an
// authorizer themselves.
func (c Caller) WithParams(params map[string]string) Caller {
	c.params = maps.Clone(params)
	return c
}

// Identity is what an Authenticator knows of a connection. The zero value is a
// visitor.
type Identity struct {
	UserID    string
	Name      string // may be empty; Caller.Name
	SessionID string
	Roles     []string
	ExpiresAt time.Time // the connection is closed then; zero is never
}

func (id Identity) caller(socketID string) Caller {
	return Caller{UserID: id.UserID, Name: id.Name, SessionID: id.SessionID, SocketID: socketID, Roles: id.Roles}
}
