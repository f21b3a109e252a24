// Package accounts lets people sign up, sign in and look after their account,
// and lets administrators say who may do what.
//
// What a person meets: /sign-up, /sign-in, POST /sign-out; /account with the
// name, the password, the places where one is signed in, and the end of it all;
// and /admin/users, where an administrator grants and revokes roles, signs
// people out and locks accounts.
//
// Other features use its exported use cases, FindByEmail and FindUsers first of
// all, and otherwise ask core/auth who is asking:
//
//	ada, err := findByEmail(ctx, "ada@example.com")
//
// # Roles
//
// Every account is a reader; an administrator makes editors and further
// administrators. Nobody takes the role of administrator from themselves or
// locks the own account, and the last administrator cannot delete theirs, so
// that there is always one who can sign in. The first is made by whoever runs
// the server, with AppointAdmin.
//
// # Locked accounts
//
// An administrator locks an account to keep somebody out and yet lose nothing
// of them. From that moment a locked user is nobody to core/auth: sessions are
// over and sockets closed, and a session that was begun in the same moment is
// none. Signing in fails as with a wrong password, after the same work, so that
// whoever is kept out learns nothing from it.
//
// # Nobody learns who has an account
//
// Signing in fails alike, and after the same work, whether the address is
// unknown or the password wrong. Signing up answers alike whether the address
// is new or taken: it never signs in, and says that the account is ready if the
// address was new. Without e-mail that is all that can be done: who then signs
// in with the password just chosen, and fails, knows that the address was
// taken. The limits on both forms bound how often that can be asked.
//
// # Passwords
//
// They are hashed with argon2id, and hashed anew at sign-in when the parameters
// have changed since. A few are hashed at a time, however many are asked for,
// so that a flood of forms fills no memory. Changing the password ends every
// other session of the user, gives this one a new token, and closes all
// sockets.
//
// # When an account is deleted
//
// Its row and its sessions are gone, and its sockets closed, at once. No other
// feature has a foreign key to a user: a feature that shows a name beside
// something keeps that name with it (the blog keeps the author's), and treats
// an id that no user has as that of somebody who left.
//
// This package and all that it needs stand without realtime, events and jobs.
package accounts

import (
	"context"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
)

// Deps is what the feature needs. All of it is required but the limits, whose
// zero value means the defaults.
type Deps struct {
	Users     Users
	Passwords Passwords
	Tx        database.Transactor
	Sessions  *auth.Sessions
	Watcher   auth.Watcher
	Respond   *respond.Responder
	Now       feature.Clock
	Limits    Limits
}

// Feature is the feature, built.
type Feature struct {
	users     Users
	passwords Passwords
	tx        database.Transactor
	sessions  *auth.Sessions
	respond   *respond.Responder
	now       feature.Clock
	limits    limiters

	signUp           SignUp
	signIn           SignIn
	signOut          SignOut
	changeName       ChangeName
	changePassword   ChangePassword
	listSessions     ListSessions
	endSession       EndSession
	endOtherSessions EndOtherSessions
	deleteAccount    DeleteAccount
	listUsers        ListUsers
	grantRole        GrantRole
	revokeRole       RevokeRole

	signOutEverywhere SignOutEverywhere
	lockAccount       LockAccount
	unlockAccount     UnlockAccount
}

// New builds the feature.
func New(d Deps) *Feature {
	return &Feature{
		users:     d.Users,
		passwords: d.Passwords,
		tx:        d.Tx,
		sessions:  d.Sessions,
		respond:   d.Respond,
		now:       d.Now,
		limits:    newLimiters(d.Limits, d.Respond),

		signUp:           NewSignUp(d.Users, d.Passwords, d.Now),
		signIn:           NewSignIn(d.Users, d.Passwords, d.Tx, d.Sessions, d.Now),
		signOut:          NewSignOut(d.Sessions),
		changeName:       NewChangeName(d.Users, d.Tx, d.Now),
		changePassword:   NewChangePassword(d.Users, d.Passwords, d.Tx, d.Sessions, d.Now),
		listSessions:     NewListSessions(d.Sessions),
		endSession:       NewEndSession(d.Sessions),
		endOtherSessions: NewEndOtherSessions(d.Sessions),
		deleteAccount:    NewDeleteAccount(d.Users, d.Passwords, d.Tx, d.Sessions),
		listUsers:        NewListUsers(d.Users),
		grantRole:        NewGrantRole(d.Users, d.Tx, d.Watcher, d.Now),
		revokeRole:       NewRevokeRole(d.Users, d.Tx, d.Watcher, d.Now),

		signOutEverywhere: NewSignOutEverywhere(d.Users, d.Tx, d.Sessions),
		lockAccount:       NewLockAccount(d.Users, d.Tx, d.Sessions, d.Now),
		unlockAccount:     NewUnlockAccount(d.Users, d.Tx, d.Now),
	}
}

// Manifest is what the application knows of the feature.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:       "accounts",
		Routes:     func(r chi.Router) { f.routes(r) },
		Navigation: []feature.NavItem{{Label: "Users", Path: "/admin/users", Role: auth.RoleAdmin}},
		Seed:       func(ctx context.Context) error { return f.seed(ctx) },
	}
}
