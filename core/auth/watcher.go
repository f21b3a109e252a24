package auth

import "context"

// Watcher is notified when a session or the rights of a user change, so that open
// sockets can be closed. The realtime hub is one. It is notified after the commit,
// and must not block.
type Watcher interface {
	// SessionEnded is called when a session ended, or when its token was renewed
	// and sockets with the old token must reconnect.
	SessionEnded(ctx context.Context, sessionID string)
	// UserSignedOut is called when all sessions of a user ended.
	UserSignedOut(ctx context.Context, userID string)
	// RolesChanged is called with the new roles of a user. Of concurrent calls for
	// one user, the last to arrive must have the latest roles.
	RolesChanged(ctx context.Context, userID string, roles []string)
}

// NoWatcher is the Watcher of an application without sockets.
type NoWatcher struct{}

func (NoWatcher) SessionEnded(context.Context, string)           {}
func (NoWatcher) UserSignedOut(context.Context, string)          {}
func (NoWatcher) RolesChanged(context.Context, string, []string) {}
