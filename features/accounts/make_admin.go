package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// MakeAdmin makes the user with this address an administrator and unlocks the
// account. It checks no permissions: it is how an operator makes the first
// administrator, from the command line. It fails with fault.NotFound if the user
// doesn't exist.
type MakeAdmin func(ctx context.Context, email string) error

// NewMakeAdmin returns the use case.
func NewMakeAdmin(db *database.DB, users *Users, watcher auth.Watcher, now feature.Clock) MakeAdmin {
	return observe.Command("accounts.make_admin", func(ctx context.Context, email string) error {
		email, problem := ParseEmail(email)
		if problem != "" {
			return fault.Invalid.New("%s", problem)
		}
		return db.InTx(ctx, func(ctx context.Context) error {
			found, err := users.FindByEmail(ctx, email)
			if err != nil {
				return err
			}
			user, err := users.FindForUpdate(ctx, found.ID)
			if err != nil {
				return err
			}
			unlocked := user.unlock(now.Now())
			granted, err := user.grant(auth.RoleAdmin, now.Now())
			if err != nil {
				return err
			}
			return saveRoles(ctx, users, watcher, user, granted || unlocked)
		})
	})
}
