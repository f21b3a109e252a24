package accounts

import (
	"context"
	"slices"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// GrantRole gives a user a role. Their open pages are notified, even if the user
// already has the role. It is for administrators: it fails with fault.Forbidden
// for everyone else, with fault.NotFound if the user doesn't exist and with
// fault.Invalid if the role doesn't.
type GrantRole func(ctx context.Context, in RoleInput) (User, error)

// RoleInput is a user and a role.
type RoleInput struct {
	UserID string
	Role   string
}

// NewGrantRole returns the use case.
func NewGrantRole(db *database.DB, users *Users, watcher auth.Watcher, now feature.Clock) GrantRole {
	return observe.UseCase("accounts.grant_role", func(ctx context.Context, in RoleInput) (user User, err error) {
		err = db.InTx(ctx, func(ctx context.Context) error {
			if err := requireAdmin(ctx, users); err != nil {
				return err
			}
			user, err = users.FindForUpdate(ctx, in.UserID)
			if err != nil {
				return err
			}
			changed, err := user.grant(in.Role, now.Now())
			if err != nil {
				return err
			}
			return saveRoles(ctx, users, watcher, user, changed)
		})
		return user, err
	})
}

// requireAdmin makes sure that the current user is an administrator now, not
// only when the request started, and stays one until the transaction ends.
// Otherwise two administrators could revoke each other's role.
func requireAdmin(ctx context.Context, users *Users) error {
	admins, err := users.AdminsForUpdate(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(admins, auth.CurrentUser(ctx).ID) {
		return errAdminsOnly
	}
	return nil
}

// notifyOfRoles notifies the watcher of the roles that are stored. Two changes can
// commit in one order and get here in the other, so it reads them again, one change
// after the other: the last notification has the latest roles.
func notifyOfRoles(ctx context.Context, users *Users, watcher auth.Watcher, userID string) {
	users.roleChanges.Lock()
	defer users.roleChanges.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readRolesWithin)
	defer cancel()
	user, err := users.Find(ctx, userID)
	if err != nil {
		watcher.UserSignedOut(ctx, userID) // reconnecting checks the roles again
		return
	}
	watcher.RolesChanged(ctx, userID, user.Roles)
}

// readRolesWithin bounds how long other changes wait for a database that hangs.
const readRolesWithin = 5 * time.Second

// saveRoles saves the user if they have changed, and notifies the watcher in any
// case: if the response to an earlier commit was lost, the change is stored but
// no one was notified.
func saveRoles(ctx context.Context, users *Users, watcher auth.Watcher, user User, changed bool) error {
	if changed {
		if err := users.Save(ctx, user); err != nil {
			return err
		}
	}
	database.AfterCommit(ctx, func(ctx context.Context) { notifyOfRoles(ctx, users, watcher, user.ID) })
	database.InDoubt(ctx, func(ctx context.Context) { watcher.UserSignedOut(ctx, user.ID) }) // reconnecting checks the roles again
	return nil
}
