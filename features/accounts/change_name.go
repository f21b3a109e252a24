package accounts

import (
	"context"
	"errors"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// ChangeName changes the current user's name. Copies that other features keep,
// such as an author's name, stay as they are. It fails with
// fault.Unauthenticated for a visitor and with fault.Invalid, naming the field.
type ChangeName func(ctx context.Context, name string) error

// NewChangeName returns the use case.
func NewChangeName(db *database.DB, users *Users, now feature.Clock) ChangeName {
	return observe.Command("accounts.change_name", func(ctx context.Context, raw string) error {
		name, problem := ParseName(raw)
		if problem != "" {
			return fault.InvalidFields(fault.Field{Name: "name", Message: problem})
		}
		return db.InTx(ctx, func(ctx context.Context) error {
			user, err := users.FindForUpdate(ctx, auth.CurrentUser(ctx).ID)
			if err != nil {
				return notSignedIn(err)
			}
			user.Name, user.UpdatedAt = name, now.Now()
			return users.Save(ctx, user)
		})
	})
}

// notSignedIn turns fault.NotFound, for the current user, into
// fault.Unauthenticated.
func notSignedIn(err error) error {
	if errors.Is(err, fault.NotFound) {
		return fault.Unauthenticated
	}
	return err
}
