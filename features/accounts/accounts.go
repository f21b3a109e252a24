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
// address was new. A letter goes to the address in either case. Who then signs
// in with the password just chosen, and fails, knows that the address was
// taken: it was not made to wait for a confirmed address, so that a letter which
// does not arrive keeps nobody out. Asking for a new password answers alike for
// every address, in the same time. The limits on the forms bound how often any
// of that can be asked.
//
// # Passwords
//
// They are hashed with argon2id, and hashed anew at sign-in when the parameters
// have changed since. A few are hashed at a time, however many are asked for,
// so that a flood of forms fills no memory. Changing the password ends every
// other session of the user, gives this one a new token, and closes all
// sockets.
//
// # Letters
//
// A forgotten password is replaced by a link that is sent to the address, and
// an address is confirmed by another. A link is 256 random bits, of which the
// hash is stored; it works once, for 30 minutes or two days. Opening it changes
// nothing, since programs that look at mail open links, too: the button on the
// page does. A new password ends every session and closes every socket. Who has
// not confirmed the address uses the site like everybody else; the account page
// says so, and sends the letter again.
//
// Accounts sends through a mail.Sender, and does not know how it is carried.
// Where no mail is sent (mail.Off) no page offers what needs a letter.
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
	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
)

// Deps is what the feature is made of. All of it is required but the limits,
// whose zero value means the defaults.
type Deps struct {
	SignUp           SignUp
	SignIn           SignIn
	SignOut          SignOut
	ChangeName       ChangeName
	ChangePassword   ChangePassword
	ListSessions     ListSessions
	EndSession       EndSession
	EndOtherSessions EndOtherSessions
	DeleteAccount    DeleteAccount
	ReadAccount      ReadAccount

	RequestPasswordReset RequestPasswordReset
	ResetPassword        ResetPassword
	RequestVerification  RequestVerification
	VerifyEmail          VerifyEmail
	FindLink             FindLink
	Postman              *Postman

	ListUsers         ListUsers
	GrantRole         GrantRole
	RevokeRole        RevokeRole
	SignOutEverywhere SignOutEverywhere
	LockAccount       LockAccount
	UnlockAccount     UnlockAccount

	SeedUsers SeedUsers

	Sessions *auth.Sessions
	Respond  *respond.Responder
	Limits   Limits
}

// Feature is the accounts, ready to be listed by their Manifest.
type Feature struct {
	deps   Deps
	limits limiters
}

// New makes the feature.
func New(deps Deps) *Feature {
	return &Feature{deps: deps, limits: newLimiters(deps.Limits, deps.Respond)}
}

// Manifest is what the application knows of the feature.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:       "accounts",
		Paths:      []string{"/account", "/sign-up", "/sign-in", "/sign-out", "/forgot-password", "/reset-password", "/verify-email", "/admin/users"},
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
		Seed: f.deps.SeedUsers,
	}
}
