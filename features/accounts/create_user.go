package accounts

import (
	"context"

	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// CreateUser adds a user, who is a reader. If the address is taken, it returns
// the user who has it. It checks no permissions: it is for the feature that
// signs people up. It fails with fault.Invalid, naming the field.
type CreateUser func(ctx context.Context, in CreateUserInput) (CreatedUser, error)

// CreateUserInput describes the new user.
type CreateUserInput struct {
	Email string
	Name  string
}

// CreatedUser is the user who now has the address.
type CreatedUser struct {
	User    User
	Created bool // false if the user existed before
}

// NewCreateUser returns the use case.
func NewCreateUser(db *database.DB, users *Users, now feature.Clock) CreateUser {
	return observe.UseCase("accounts.create_user", func(ctx context.Context, in CreateUserInput) (result CreatedUser, err error) {
		email, problem := ParseEmail(in.Email)
		if problem != "" {
			return CreatedUser{}, fault.InvalidFields(fault.Field{Name: "email", Message: problem})
		}
		name, problem := ParseName(in.Name)
		if problem != "" {
			return CreatedUser{}, fault.InvalidFields(fault.Field{Name: "name", Message: problem})
		}
		result.User = newUser(email, name, now.Now())
		err = db.InTx(ctx, func(ctx context.Context) error {
			result.Created, err = users.Create(ctx, result.User)
			if err != nil || result.Created {
				return err
			}
			result.User, err = users.FindByEmail(ctx, email)
			return err
		})
		return result, err
	})
}
