package authtest

import (
	"context"
	"testing"

	"example.com/pergola/core/auth"
)

// The users of most tests, named like the sample users in development.
var (
	Ada     = auth.User{ID: "01900000-0000-7000-8000-00000000000a", Email: "ada@example.com", Name: "Ada", Roles: []string{auth.RoleReader, auth.RoleEditor}}
	Grace   = auth.User{ID: "01900000-0000-7000-8000-00000000000b", Email: "grace@example.com", Name: "Grace", Roles: []string{auth.RoleReader}}
	Alan    = auth.User{ID: "01900000-0000-7000-8000-00000000000c", Email: "alan@example.com", Name: "Alan", Roles: []string{auth.RoleReader, auth.RoleAdmin}}
	Visitor = auth.User{} // not signed in
)

// As returns the context of a request by this user, without a session. Use
// it for use cases; for code that reads the session, use Context.
func As(t testing.TB, user auth.User) context.Context {
	t.Helper()
	return auth.WithUser(t.Context(), user)
}
