package auth

import "time"

// Session is one place where a user is signed in: a browser on a device.
type Session struct {
	ID        string // stable while its token is renewed; no secret
	UserID    string // "" for a visitor for whom something is remembered
	CreatedAt time.Time
	ExpiresAt time.Time
	UserAgent string // as the browser named itself at sign-in, shortened
	IP        string // the address at sign-in
}

// Identity is who a request comes from, for what lives longer than a request.
// The zero Identity is a visitor.
type Identity struct {
	User      User
	SessionID string
	ExpiresAt time.Time
}
