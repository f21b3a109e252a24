package auth

import (
	"context"
	"slices"

	"example.com/pergola/core/fault"
)

// The roles of the application. A role is a plain string, so that a feature may
// define its own. Every account has RoleReader.
const (
	RoleReader = "reader"
	RoleEditor = "editor"
	RoleAdmin  = "admin"
)

// User is a signed-in user. The zero value is a visitor.
type User struct {
	ID    string
	Email string
	Name  string
	Roles []string
}

// SignedIn reports whether this is not a visitor.
func (u User) SignedIn() bool { return u.ID != "" }

// HasRole reports whether the user has the role. Roles do not imply one another:
// an admin who edits also needs RoleEditor.
func (u User) HasRole(role string) bool { return slices.Contains(u.Roles, role) }

type userKey struct{}

// CurrentUser returns the user in the context, the zero User for a visitor.
func CurrentUser(ctx context.Context) User {
	user, _ := ctx.Value(userKey{}).(User)
	return user
}

// WithUser returns a context with the user. The session middleware calls it for
// requests; tests call it themselves.
func WithUser(ctx context.Context, user User) context.Context {
	return context.WithValue(ctx, userKey{}, user)
}

// SignedInUser returns the user in the context. It fails with
// fault.Unauthenticated for a visitor.
func SignedInUser(ctx context.Context) (User, error) {
	user := CurrentUser(ctx)
	if !user.SignedIn() {
		return User{}, fault.Unauthenticated.New("Sign in to continue.")
	}
	return user, nil
}
