package accounts

import (
	"context"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// FindGoneUsers says which of these ids no user has: for a feature that keeps
// something for users, and removes it when they have left. Who is gone never
// comes back. It is for work that nobody asks for at a page, and asks for no
// role.
//
// It fails with fault.Invalid if there are more than MaxUserIDs.
type FindGoneUsers func(ctx context.Context, ids []string) (gone []string, err error)

// NewFindGoneUsers makes the use case.
func NewFindGoneUsers(users Users) FindGoneUsers {
	return observe.UseCase("accounts.find_gone_users", func(ctx context.Context, ids []string) ([]string, error) {
		if len(ids) > MaxUserIDs {
			return nil, fault.Invalid.New("At most %d users are looked for at once.", MaxUserIDs)
		}
		return users.FindGone(ctx, ids)
	})
}
