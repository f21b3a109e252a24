package auth

import "time"

// Session is a sign-in of a user in one browser.
type Session struct {
	ID        string // not secret; stays the same when the token is renewed
	UserID    string // "" for a visitor
	CreatedAt time.Time
	ExpiresAt time.Time
	UserAgent string // at sign-in, shortened
	IP        string // at sign-in
}

// Identity is the user and the session of a socket. The zero Identity is a visitor.
type Identity struct {
	User      User
	SessionID string
	ExpiresAt time.Time
}
