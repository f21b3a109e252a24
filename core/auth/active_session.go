package auth

import "context"

// activeSession is the session of a request: its row, and its data in scs. A change
// inside a transaction makes a copy, which replaces it after the commit, so that a
// rollback leaves everything unchanged.
type activeSession struct {
	record Record // the zero Record if there is no session
	user   User
	stored bool // the record is in the store
	dirty  bool // its data has changes that are not stored

	data context.Context // holds the data of scs only; nil if there is none
}

// in returns ctx with this session for scs. The request's own context does not
// hold it, because scs could not replace it there.
func (a *activeSession) in(ctx context.Context) context.Context { return sessionContext{ctx, a} }

type sessionContext struct {
	context.Context
	session *activeSession
}

type sessionKey struct{}

func (c sessionContext) Value(key any) any {
	if key == (sessionKey{}) {
		return c.session
	}
	if value := c.Context.Value(key); value != nil {
		return value
	}
	return c.session.data.Value(key)
}
