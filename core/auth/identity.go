package auth

import (
	"errors"
	"net/http"

	"example.com/pergola/core/fault"
)

// Authenticate tells who a request comes from where no Middleware is: at the
// handshake of a socket. No cookie means a visitor, the zero Identity. A cookie
// that no session belongs to fails with fault.Unauthenticated, because its
// sender believes to be signed in and should learn that this is not so.
func (s *Sessions) Authenticate(r *http.Request) (Identity, error) {
	token, sent := s.token(r)
	if !sent {
		return Identity{}, nil
	}
	if token == "" {
		return Identity{}, errSessionOver
	}
	record, user, err := s.store.Find(r.Context(), hashToken(token), s.options.Now())
	if errors.Is(err, fault.NotFound) {
		return Identity{}, errSessionOver
	}
	if err != nil {
		return Identity{}, err
	}
	if !user.SignedIn() {
		return Identity{}, nil
	}
	return Identity{User: user, SessionID: record.ID, ExpiresAt: record.ExpiresAt}, nil
}

var errSessionOver = fault.Unauthenticated.New("Your session is over. Please sign in again.")
