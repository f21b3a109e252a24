package accounts

import (
	"context"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// GrantRole gives a user a role; their open pages learn of it at once. It is
// for administrators: it fails with fault.Forbidden for everybody else, with
// fault.NotFound if there is no such user and with fault.Invalid if there is no
// such role. A role that the user has is no failure; their pages are told all
// the same, in case they were not before.
type GrantRole func(ctx context.Context, in RoleInput) (User, error)

// RoleInput names a role of a user.
type RoleInput struct {
	UserID string
	Role   string
}

// NewGrantRole makes the use case.
func NewGrantRole(users Users, tx database.Transactor, watcher auth.Watcher, now feature.Clock) GrantRole {
	return observe.UseCase("accounts.grant_role", func(ctx context.Context, in RoleInput) (user User, err error) {
		err = tx.InTx(ctx, func(ctx context.Context) error {
			if err := adminsOnly(ctx, users); err != nil {
				return err
			}
			user, err = users.FindForUpdate(ctx, in.UserID)
			if err != nil {
				return err
			}
			changed, err := user.grant(in.Role, now())
			if err != nil {
				return err
			}
			return saveRoles(ctx, users, watcher, user, changed)
		})
		return user, err
	})
}

// adminsOnly makes sure that the current user is an administrator now, not
// only when the request began, and that this stays so until the transaction
// ends: two administrators who demote each other are one too many.
func adminsOnly(ctx context.Context, users Users) error {
	admins, err := users.AdminsForUpdate(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(admins, auth.CurrentUser(ctx).ID) {
		return errAdminsOnly
	}
	return nil
}

// saveRoles writes the user if they have changed, and tells of their roles in
// any case: if the answer to an earlier commit was lost, the change is stored
// and nobody has been told.
func saveRoles(ctx context.Context, users Users, watcher auth.Watcher, user User, changed bool) error {
	if changed {
		if err := users.Save(ctx, user); err != nil {
			return err
		}
	}
	database.AfterCommit(ctx, func(ctx context.Context) {
		watcher.RolesChanged(ctx, user.ID, slices.Clone(user.Roles))
	})
	database.InDoubt(ctx, func(ctx context.Context) { watcher.UserSignedOut(ctx, user.ID) }) // who comes back is asked anew
	return nil
}
