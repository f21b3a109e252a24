package accounts

import (
	"context"

	"github.com/google/uuid"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// ListUserIDs walks over all users, the oldest first, for a feature that does
// something for each of them: an empty result is the end. It is for work that
// nobody asks for at a page, and asks for no role.
//
// It fails with fault.Invalid if After is no id of a user or Limit is not from
// 1 to MaxUserIDs.
type ListUserIDs func(ctx context.Context, in ListUserIDsInput) ([]string, error)

// ListUserIDsInput says where to go on.
type ListUserIDsInput struct {
	After string // the last id of the list before; "" to begin
	Limit int    // how many at most
}

// MaxUserIDs is how many ids may be asked for, or about, at once.
const MaxUserIDs = 10_000

// NewListUserIDs makes the use case.
func NewListUserIDs(users Users) ListUserIDs {
	return observe.UseCase("accounts.list_user_ids", func(ctx context.Context, in ListUserIDsInput) ([]string, error) {
		if in.Limit < 1 || in.Limit > MaxUserIDs {
			return nil, fault.Invalid.New("Between 1 and %d users are listed at once.", MaxUserIDs)
		}
		if in.After != "" && uuid.Validate(in.After) != nil {
			return nil, fault.Invalid.New("Users are listed after the id of one.")
		}
		return users.ListIDs(ctx, in.After, in.Limit)
	})
}
