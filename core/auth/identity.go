package auth

import (
	"errors"
	"net/http"

	"example.com/pergola/core/fault"
)

// Authenticate identifies a request without Middleware, such as the handshake of a
// socket. Without a cookie it is a visitor, the zero Identity. A cookie without a
// session fails with fault.Unauthenticated, because the client expects to be signed in.
func (s *Sessions) Authenticate(r *http.Request) (Identity, error) {
	token, sent := s.token(r)
	if !sent {
		return Identity{}, nil
	}
	if token == "" {
		return Identity{}, errSessionExpired
	}
	record, user, err := s.store.Find(r.Context(), hashToken(token), s.options.Now())
	if errors.Is(err, fault.NotFound) {
		return Identity{}, errSessionExpired
	}
	if err != nil {
		return Identity{}, err
	}
	if !user.SignedIn() {
		return Identity{}, nil
	}
	return Identity{User: user, SessionID: record.ID, ExpiresAt: record.ExpiresAt}, nil
}

var errSessionExpired = fault.Unauthenticated.New("Your session has expired. Sign in again.")
