package accounts

import (
	"context"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// FindDeletedUsers returns the IDs that belong to no user, for a feature that
// stores something for users and cleans up after deleted accounts. An ID is
// never reused. It checks no permissions: it is for background work.
//
// It fails with fault.Invalid for more than MaxUserIDs IDs.
type FindDeletedUsers func(ctx context.Context, ids []string) (deleted []string, err error)

// NewFindDeletedUsers returns the use case.
func NewFindDeletedUsers(users *Users) FindDeletedUsers {
	return observe.UseCase("accounts.find_deleted_users", func(ctx context.Context, ids []string) ([]string, error) {
		if len(ids) > MaxUserIDs {
			return nil, fault.Invalid.New("Look up at most %d users at once.", MaxUserIDs)
		}
		return users.FindDeleted(ctx, ids)
	})
}
