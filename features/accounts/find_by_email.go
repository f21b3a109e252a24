package accounts

import (
	"context"

	"example.com/pergola/core/observe"
)

// FindByEmail finds the user with this address, in any case. It fails with
// fault.NotFound if there is none.
type FindByEmail func(ctx context.Context, email string) (User, error)

// NewFindByEmail returns the use case.
func NewFindByEmail(users *Users) FindByEmail {
	return observe.UseCase("accounts.find_by_email", func(ctx context.Context, email string) (User, error) {
		email, problem := ParseEmail(email)
		if problem != "" {
			return User{}, errNoSuchUser
		}
		return users.FindByEmail(ctx, email)
	})
}
