package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// ChangeName gives the current user another name. What other features keep
// beside their own data, such as an author's name, stays as it is. It fails
// with fault.Unauthenticated for a visitor and with fault.Invalid, naming the
// field.
type ChangeName func(ctx context.Context, name string) error

// NewChangeName makes the use case.
func NewChangeName(users Users, tx database.Transactor, now feature.Clock) ChangeName {
	return observe.Command("accounts.change_name", func(ctx context.Context, raw string) error {
		name, message := parseName(raw)
		if message != "" {
			return fault.InvalidFields(fault.Field{Name: "name", Message: message})
		}
		return tx.InTx(ctx, func(ctx context.Context) error {
			user, err := users.FindForUpdate(ctx, auth.CurrentUser(ctx).ID)
			if err != nil {
				return notSignedIn(err)
			}
			user.Name, user.UpdatedAt = name, now()
			return users.Save(ctx, user)
		})
	})
}
