package accounts

import (
	"context"

	"example.com/pergola/core/observe"
)

// FindUserForUpdate is FindUser, and locks the user until the end of the
// transaction: no other transaction can change, lock or delete the account. A
// feature that stores something security relevant for a user, such as a
// password, changes it under this lock.
type FindUserForUpdate func(ctx context.Context, id string) (User, error)

// NewFindUserForUpdate returns the use case.
func NewFindUserForUpdate(users *Users) FindUserForUpdate {
	return observe.UseCase("accounts.find_user_for_update", users.FindForUpdate)
}
