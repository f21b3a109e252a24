package auth

import (
	"context"
	"time"
)

// Record is a session as a Store keeps it.
type Record struct {
	Session
	TokenHash []byte // SHA-256 of the token in the cookie; unique
	Data      []byte // what is remembered, opaque to the store
}

// Store keeps sessions. Its methods join the transaction in the context.
type Store interface {
	// Find returns the session with this token and the user it belongs to, the
	// zero User for a visitor's. It fails with fault.NotFound if there is none,
	// if it has expired at now, or if its user is gone or locked out.
	Find(ctx context.Context, tokenHash []byte, now time.Time) (Record, User, error)

	// Insert adds a new session.
	Insert(ctx context.Context, record Record) error

	// Update writes token, data and expiry of a session that still has the
	// token it was found with. It fails with fault.NotFound if the session has
	// ended or was given another token since, and changes nothing then.
	Update(ctx context.Context, record Record, foundWith []byte) error

	// Delete removes a session, or does nothing if there is none.
	Delete(ctx context.Context, id string) error

	// ListByUser returns the user's sessions that have not expired at now,
	// newest first, a hundred at most.
	ListByUser(ctx context.Context, userID string, now time.Time) ([]Session, error)

	// End removes one session of this user. It fails with fault.NotFound if
	// the user has no such session.
	End(ctx context.Context, userID, id string) error

	// EndAllOf removes every session of the user.
	EndAllOf(ctx context.Context, userID string) error

	// EndOthers removes every session of the user but one, and returns the ids
	// of those it removed.
	EndOthers(ctx context.Context, userID, keepID string) ([]string, error)

	// DeleteExpired removes sessions that have expired at now, limit at most,
	// and returns how many.
	DeleteExpired(ctx context.Context, now time.Time, limit int) (int, error)
}

// Users finds the user of a session for the memory store, which cannot join
// tables.
type Users interface {
	// UserByID fails with fault.NotFound if there is no such user, or if the
	// user is locked out.
	UserByID(ctx context.Context, id string) (User, error)
}

// listLimit bounds ListByUser, so that a page of sessions stays a page.
const listLimit = 100
