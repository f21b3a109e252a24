// Package accounts manages users: their profile, roles and locks, their
// administration and their deletion. How users sign in is up to the feature
// authentication, which builds on this one.
//
// Users find their profile at /account. Administrators manage users at
// /admin/users: they grant and revoke roles, sign users out and lock accounts.
//
// Other features use the exported use cases, such as FindByEmail and FindUsers,
// and core/auth for the current user:
//
//	ada, err := findByEmail(ctx, "ada@example.com")
//
// # Roles
//
// Every user is a reader. Administrators make others editors or administrators.
// They cannot revoke their own administrator role, lock their own account, or
// delete it if they are the only one, so that there is always an administrator
// who can sign in. An operator makes the first one with MakeAdmin.
//
// # Locked accounts
//
// An administrator locks an account to keep a user out without losing their
// data. To core/auth a locked user doesn't exist: all sessions end, sockets
// close, and a session that starts at the same moment is invalid.
//
// # Deleted accounts
//
// Deleting an account removes its row and sessions and closes its sockets. Other
// features have no foreign key to users. A feature that displays a name keeps a
// copy (the blog keeps the author's), and treats an ID without a user as that of
// a deleted account.
//
// This package does not depend on realtime, events or jobs.
package accounts

import (
	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
)

// Feature manages accounts, assembled by wire. Other features ask for single use
// cases.
type Feature struct {
	ReadAccount ReadAccount
	ChangeName  ChangeName

	ListUsers     ListUsers
	GrantRole     GrantRole
	RevokeRole    RevokeRole
	SignOutUser   SignOutUser
	LockAccount   LockAccount
	UnlockAccount UnlockAccount

	SeedUsers SeedUsers

	Sessions *auth.Sessions
	Respond  *respond.Responder
	Slots    *feature.Slots
}

// Manifest describes the feature to the application.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:       "accounts",
		Paths:      []string{"/account", "/admin/users"},
		Routes:     f.routes,
		Navigation: []feature.NavItem{{Label: "Users", Path: "/admin/users", Role: auth.RoleAdmin}},
		Parts:      []feature.Part{
			// <gen:realtime-channels>
			// <gen:realtime-handlers>
			// <gen:events>
			// <gen:event-handlers>
			// <gen:jobs>
			// <gen:job-handlers>
		},
		Seed: f.SeedUsers,
	}
}
