package accounts

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	r.Get("/sign-up", f.showSignUp)
	r.With(f.limits.signUpByClient, f.limits.signUpByEmail).Post("/sign-up", f.postSignUp)
	r.Get("/sign-in", f.showSignIn)
	r.With(f.limits.signInByClient, f.limits.signInByEmail).Post("/sign-in", f.postSignIn)
	r.Post("/sign-out", f.postSignOut)

	r.Get("/forgot-password", f.showForgotPassword)
	r.With(f.limits.resetByClient, f.limits.resetByEmail).Post("/forgot-password", f.postForgotPassword)
	r.Get("/reset-password", f.showResetPassword)
	r.With(f.limits.linkByClient).Post("/reset-password", f.postResetPassword)
	r.Get("/verify-email", f.showVerifyEmail)
	r.With(f.limits.linkByClient).Post("/verify-email", f.postVerifyEmail)

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireUser(f.deps.Respond.Error))
		r.Get("/account", f.showAccount)
		r.Post("/account/name", f.postName)
		r.With(f.limits.confirmByUser).Post("/account/password", f.postPassword)
		r.With(f.limits.letterByUser).Post("/account/verification", f.postVerification)
		r.Post("/account/sessions/end-others", f.postEndOtherSessions)
		r.Post("/account/sessions/{sessionID}/end", f.postEndSession)
		r.With(f.limits.confirmByUser).Post("/account/delete", f.postDeleteAccount)
	})

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleAdmin, f.deps.Respond.Error))
		r.Get("/admin/users", f.showUsers)
		r.Post("/admin/users/{userID}/roles/grant", f.postGrantRole)
		r.Post("/admin/users/{userID}/roles/revoke", f.postRevokeRole)
		r.Post("/admin/users/{userID}/sign-out", f.postSignOutEverywhere)
		r.Post("/admin/users/{userID}/lock", f.postLockAccount)
		r.Post("/admin/users/{userID}/unlock", f.postUnlockAccount)
	})
}
