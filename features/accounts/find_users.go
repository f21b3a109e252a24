package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/observe"
)

// FindUsers finds the users with these ids, by id. Who is not there any more,
// or never was, is left out.
type FindUsers func(ctx context.Context, ids []string) (map[string]auth.User, error)

// NewFindUsers makes the use case.
func NewFindUsers(users Users) FindUsers {
	return observe.UseCase("accounts.find_users", func(ctx context.Context, ids []string) (map[string]auth.User, error) {
		found, err := users.FindMany(ctx, ids)
		if err != nil {
			return nil, err
		}
		byID := make(map[string]auth.User, len(found))
		for _, user := range found {
			byID[user.ID] = user.Identity()
		}
		return byID, nil
	})
}
