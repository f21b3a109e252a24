package auth

import "context"

// Watcher is told when somebody's right to be here ends or changes, so that
// what lives longer than a request (an open socket) ends with it. The realtime
// hub is one. Each is told after the change is committed, and must not block.
type Watcher interface {
	// SessionEnded: this session is over (signed out here or from elsewhere),
	// or its token was renewed, so that what came with the old token must come
	// again.
	SessionEnded(ctx context.Context, sessionID string)
	// UserSignedOut: every session of this user is over.
	UserSignedOut(ctx context.Context, userID string)
	// RolesChanged: the user's roles are now these.
	RolesChanged(ctx context.Context, userID string, roles []string)
}

// NoWatcher is the Watcher of an application in which nothing outlives a
// request.
type NoWatcher struct{}

func (NoWatcher) SessionEnded(context.Context, string)           {}
func (NoWatcher) UserSignedOut(context.Context, string)          {}
func (NoWatcher) RolesChanged(context.Context, string, []string) {}
