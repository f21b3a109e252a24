package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/observe"
)

// FindReachable finds those of these users, by id, to whom mail may be sent
// again and again: who have shown that the address is theirs, and are not
// locked. It is for work that nobody asks for at a page, and asks for no role.
type FindReachable func(ctx context.Context, ids []string) (map[string]auth.User, error)

// NewFindReachable makes the use case.
func NewFindReachable(users Users) FindReachable {
	return observe.UseCase("accounts.find_reachable", func(ctx context.Context, ids []string) (map[string]auth.User, error) {
		found, err := users.FindMany(ctx, ids)
		if err != nil {
			return nil, err
		}
		byID := make(map[string]auth.User, len(found))
		for _, user := range found {
			if user.Verified() && !user.Locked() {
				byID[user.ID] = user.Identity()
			}
		}
		return byID, nil
	})
}
