package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// RevokeRole takes a role from a user; their open pages leave what it gave
// them at once. It is for administrators, and none takes that role from
// themselves, so that there is always one: it fails with fault.Forbidden for
// everybody else, with fault.Conflict for one's own role of administrator, with
// fault.NotFound if there is no such user and with fault.Invalid if there is no
// such role or everybody has it. A role that the user does not have is no
// failure; their pages are told all the same, in case they were not before.
type RevokeRole func(ctx context.Context, in RoleInput) (User, error)

// NewRevokeRole makes the use case.
func NewRevokeRole(users Users, tx database.Transactor, watcher auth.Watcher, now feature.Clock) RevokeRole {
	return observe.UseCase("accounts.revoke_role", func(ctx context.Context, in RoleInput) (user User, err error) {
		err = tx.InTx(ctx, func(ctx context.Context) error {
			if err := adminsOnly(ctx, users); err != nil {
				return err
			}
			if in.Role == auth.RoleAdmin && in.UserID == auth.CurrentUser(ctx).ID {
				return fault.Conflict.New("You cannot take the role of administrator from yourself. Another administrator can.")
			}
			user, err = users.FindForUpdate(ctx, in.UserID)
			if err != nil {
				return err
			}
			changed, err := user.revoke(in.Role, now())
			if err != nil {
				return err
			}
			return saveRoles(ctx, users, watcher, user, changed)
		})
		return user, err
	})
}
