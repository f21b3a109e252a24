// Package authentication signs people up, in and out. It owns passwords, links
// in emails, and the list of devices. Who the users are, and what they may do,
// is up to the feature accounts.
//
// Pages: /sign-up, /sign-in and POST /sign-out; /forgot-password,
// /reset-password and /verify-email; /account/security with the email address,
// the password and the devices, and /account/delete.
//
// # Account enumeration
//
// A failed sign-in gets the same response, after the same work, whether the
// email address is unknown, the password is wrong or the account is locked.
// Signing up gets the same response whether the address is new or taken: it
// never signs in, and says that the account is ready if the address was new. In
// both cases an email goes to the address. A person who then fails to sign in
// with their new password learns that the address was taken. Waiting for a
// verified address would prevent that, but an email that doesn't arrive would
// then keep people out. Requesting a password reset gets the same response, in
// the same time, for every address. Rate limits bound all of these forms.
//
// # Passwords
//
// Passwords are hashed with argon2id, and hashed again at sign-in after the
// parameters have changed. Only a few are hashed at a time, so that a flood of
// forms cannot exhaust memory. Changing the password ends all other sessions of
// the user, gives the current one a new token, and closes all sockets.
//
// # Links in emails
//
// A link resets a forgotten password; another verifies an address. Its token is
// 256 random bits, stored as a hash; it works once, for 30 minutes or two days.
// Opening the link changes nothing, because mail scanners open links too: the
// button on the page does. Resetting the password ends all sessions and closes
// all sockets. Users with an unverified address can do everything that others
// can; their security page says so and sends the email again.
//
// Where no email is sent (mail.Off), no page offers what needs one.
//
// This package does not depend on realtime, events or jobs.
package authentication

import (
	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/accounts"
)

// Feature is authentication, assembled by wire. Other features ask for single
// use cases.
type Feature struct {
	SignUp  SignUp
	SignIn  SignIn
	SignOut SignOut

	RequestPasswordReset RequestPasswordReset
	ResetPassword        ResetPassword
	RequestVerification  RequestVerification
	VerifyEmail          VerifyEmail
	FindEmailLink        FindEmailLink

	ChangePassword   ChangePassword
	ListSessions     ListSessions
	EndSession       EndSession
	EndOtherSessions EndOtherSessions
	DeleteAccount    DeleteAccount

	SeedPasswords SeedPasswords

	ReadAccount accounts.ReadAccount
	Mailer      *Mailer
	Sessions    *auth.Sessions
	Respond     *respond.Responder
	RateLimits  RateLimits
}

// Manifest describes the feature to the application.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name: "authentication",
		Paths: []string{
			"/sign-up", "/sign-in", "/sign-out", "/forgot-password", "/reset-password", "/verify-email",
			"/account/security", "/account/password", "/account/verification", "/account/sessions", "/account/delete",
		},
		Routes: f.routes,
		Parts: []feature.Part{
			feature.Fill(accounts.AccountSlot, f.accountSection),
			// <gen:realtime-channels>
			// <gen:realtime-handlers>
			// <gen:events>
			// <gen:event-handlers>
			// <gen:jobs>
			// <gen:job-handlers>
		},
		Seed: f.SeedPasswords,
	}
}
