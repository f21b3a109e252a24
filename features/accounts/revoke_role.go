package accounts

import (
	"context"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// RevokeRole removes a role from a user. Their open pages lose access
// immediately, and are notified even if the user didn't have the role. It is
// for administrators, who cannot revoke their own administrator role, so that
// one always remains: it fails with fault.Forbidden for everyone else, with
// fault.Conflict for the administrator's own role, with fault.NotFound if the
// user doesn't exist and with fault.Invalid if the role doesn't exist or
// cannot be revoked.
type RevokeRole func(ctx context.Context, in RoleInput) (User, error)

// NewRevokeRole returns the use case.
func NewRevokeRole(db *database.DB, users *Users, watcher auth.Watcher, now feature.Clock) RevokeRole {
	return observe.UseCase("accounts.revoke_role", func(ctx context.Context, in RoleInput) (user User, err error) {
		err = db.InTx(ctx, func(ctx context.Context) error {
			if err := requireAdmin(ctx, users); err != nil {
				return err
			}
			if in.Role == auth.RoleAdmin && in.UserID == auth.CurrentUser(ctx).ID {
				return fault.Conflict.New("You can't revoke your own administrator role. Ask another administrator.")
			}
			user, err = users.FindForUpdate(ctx, in.UserID)
			if err != nil {
				return err
			}
			changed, err := user.revoke(in.Role, now.Now())
			if err != nil {
				return err
			}
			return saveRoles(ctx, users, watcher, user, changed)
		})
		return user, err
	})
}
