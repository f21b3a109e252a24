package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/observe"
)

// FindUsers finds the users with these IDs, by ID. It leaves out IDs that belong
// to no user.
type FindUsers func(ctx context.Context, ids []string) (map[string]auth.User, error)

// NewFindUsers returns the use case.
func NewFindUsers(users *Users) FindUsers {
	return observe.UseCase("accounts.find_users", func(ctx context.Context, ids []string) (map[string]auth.User, error) {
		found, err := users.FindMany(ctx, ids)
		return identities(found), err
	})
}

// identities are users by ID.
func identities(users []User) map[string]auth.User {
	byID := make(map[string]auth.User, len(users))
	for _, user := range users {
		byID[user.ID] = user.Identity()
	}
	return byID
}
