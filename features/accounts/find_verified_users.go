package accounts

import (
	"context"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/observe"
)

// FindVerifiedUsers finds the users with these IDs, by ID, whose address is
// verified and whose account isn't locked: those to whom an application may send
// recurring email. It checks no permissions: it is for background work.
type FindVerifiedUsers func(ctx context.Context, ids []string) (map[string]auth.User, error)

// NewFindVerifiedUsers returns the use case.
func NewFindVerifiedUsers(users *Users) FindVerifiedUsers {
	return observe.UseCase("accounts.find_verified_users", func(ctx context.Context, ids []string) (map[string]auth.User, error) {
		found, err := users.FindMany(ctx, ids)
		found = slices.DeleteFunc(found, func(u User) bool { return !u.Verified() || u.Locked() })
		return identities(found), err
	})
}
