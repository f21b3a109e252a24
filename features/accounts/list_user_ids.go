package accounts

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// ListUserIDs iterates over all users, oldest first, in batches. An empty batch
// is the end. It checks no permissions: it is for background work.
//
// It fails with fault.Invalid if After is no UUID or Limit is not from 1 to
// MaxUserIDs.
type ListUserIDs func(ctx context.Context, in ListUserIDsInput) ([]string, error)

// ListUserIDsInput selects a batch.
type ListUserIDsInput struct {
	After string // the last ID of the previous batch; "" for the first batch
	Limit int    // the maximum size of the batch
}

// MaxUserIDs is the maximum number of IDs in one call.
const MaxUserIDs = 10_000

// NewListUserIDs returns the use case.
func NewListUserIDs(users *Users) ListUserIDs {
	return observe.UseCase("accounts.list_user_ids", func(ctx context.Context, in ListUserIDsInput) ([]string, error) {
		if in.Limit < 1 || in.Limit > MaxUserIDs {
			return nil, fault.Invalid.New("Limit must be from 1 to %d.", MaxUserIDs)
		}
		if in.After != "" && !database.IsUUID(in.After) {
			return nil, fault.Invalid.New("After must be a user's ID.")
		}
		return users.ListIDs(ctx, in.After, in.Limit)
	})
}
