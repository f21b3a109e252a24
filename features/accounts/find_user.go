package accounts

import (
	"context"

	"example.com/pergola/core/observe"
)

// FindUser finds the user with this ID. It fails with fault.NotFound if the user
// doesn't exist.
type FindUser func(ctx context.Context, id string) (User, error)

// NewFindUser returns the use case.
func NewFindUser(users *Users) FindUser {
	return observe.UseCase("accounts.find_user", users.Find)
}
