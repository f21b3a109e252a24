package authentication

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	handle, limit := f.Respond.Handle, f.RateLimits.middleware(f.Respond)

	r.Get("/sign-up", handle(f.showSignUp))
	r.With(limit.signUpByClient, limit.signUpByEmail).Post("/sign-up", handle(f.signUp))
	r.Get("/sign-in", handle(f.showSignIn))
	r.With(limit.signInByClient, limit.signInByEmail).Post("/sign-in", handle(f.signIn))
	r.Post("/sign-out", handle(f.signOut))

	r.Get("/forgot-password", handle(f.showForgotPassword))
	r.With(limit.resetByClient, limit.resetByEmail).Post("/forgot-password", handle(f.requestPasswordReset))
	r.Get("/reset-password", handle(f.showResetPassword))
	r.With(limit.linkByClient).Post("/reset-password", handle(f.resetPassword))
	r.Get("/verify-email", handle(f.showVerifyEmail))
	r.With(limit.linkByClient).Post("/verify-email", handle(f.verifyEmail))

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireUser(f.Respond.Error))
		r.Get("/account/security", handle(f.showSecurity))
		r.With(limit.confirmByUser).Post("/account/password", handle(f.changePassword))
		r.With(limit.verificationByUser).Post("/account/verification", handle(f.requestVerification))
		r.Post("/account/sessions/end-others", handle(f.endOtherSessions))
		r.Post("/account/sessions/{sessionID}/end", handle(f.endSession))
		r.Get("/account/delete", handle(f.showDeleteAccount))
		r.With(limit.confirmByUser).Post("/account/delete", handle(f.deleteAccount))
	})
}
