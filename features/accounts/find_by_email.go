package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// FindByEmail finds the user with this address, written in any case. It fails
// with fault.NotFound if there is none.
type FindByEmail func(ctx context.Context, email string) (auth.User, error)

// NewFindByEmail makes the use case.
func NewFindByEmail(users Users) FindByEmail {
	return observe.UseCase("accounts.find_by_email", func(ctx context.Context, email string) (auth.User, error) {
		email, message := parseEmail(email)
		if message != "" {
			return auth.User{}, fault.NotFound.New("There is no such user.")
		}
		user, err := users.FindByEmail(ctx, email)
		if err != nil {
			return auth.User{}, err
		}
		return user.Identity(), nil
	})
}
