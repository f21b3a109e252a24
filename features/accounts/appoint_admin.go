package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// AppointAdmin makes the account with this address an administrator, whoever
// asks, and unlocks it if it is locked. It is for whoever runs the server, who
// makes the first one with it; no page calls it. It fails with fault.NotFound
// if there is no such account.
type AppointAdmin func(ctx context.Context, email string) error

// NewAppointAdmin makes the use case.
func NewAppointAdmin(users Users, tx database.Transactor, watcher auth.Watcher, now feature.Clock) AppointAdmin {
	return observe.Command("accounts.appoint_admin", func(ctx context.Context, email string) error {
		email, message := parseEmail(email)
		if message != "" {
			return fault.Invalid.New("%s", message)
		}
		return tx.InTx(ctx, func(ctx context.Context) error {
			found, err := users.FindByEmail(ctx, email)
			if err != nil {
				return err
			}
			user, err := users.FindForUpdate(ctx, found.ID)
			if err != nil {
				return err
			}
			unlocked := user.unlock(now())
			granted, err := user.grant(auth.RoleAdmin, now())
			if err != nil {
				return err
			}
			return saveRoles(ctx, users, watcher, user, granted || unlocked)
		})
	})
}
