package authentication

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/accounts"
)

func (f *Feature) showSignUp(w http.ResponseWriter, r *http.Request) error {
	next := respond.LocalPath(r.URL.Query().Get("next"))
	if auth.CurrentUser(r.Context()).SignedIn() {
		f.Respond.Redirect(w, r, next)
		return nil
	}
	return f.renderSignUp(w, r, signUpForm{Next: next})
}

func (f *Feature) signUp(w http.ResponseWriter, r *http.Request) error {
	if err := respond.ParseForm(r); err != nil {
		return err
	}
	form := signUpForm{
		Email: r.PostForm.Get("email"),
		Name:  r.PostForm.Get("name"),
		Next:  respond.LocalPath(r.PostForm.Get("next")),
	}
	form.Err = f.SignUp(r.Context(), SignUpInput{Email: form.Email, Name: form.Name, Password: r.PostForm.Get("password")})
	if form.Err != nil {
		return f.renderSignUp(w, r, form)
	}
	message := "If this address is new, your account is ready. Sign in with the password you just chose."
	if !f.Mailer.Off() {
		message += " We also sent an email to the address."
	}
	f.Sessions.Flash(r.Context(), message)
	f.Respond.Redirect(w, r, withNext("/sign-in", form.Next))
	return nil
}

func (f *Feature) renderSignUp(w http.ResponseWriter, r *http.Request, form signUpForm) error {
	return f.renderForm(w, r, form.Err, respond.Page{
		Title: "Sign up", Description: "Create an account with your name, email address and a password.", Body: signUpPage(form),
	})
}

func (f *Feature) showSignIn(w http.ResponseWriter, r *http.Request) error {
	next := respond.LocalPath(r.URL.Query().Get("next"))
	if auth.CurrentUser(r.Context()).SignedIn() {
		f.Respond.Redirect(w, r, next)
		return nil
	}
	return f.renderSignIn(w, r, signInForm{Next: next})
}

func (f *Feature) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := respond.ParseForm(r); err != nil {
		return err
	}
	form := signInForm{Email: r.PostForm.Get("email"), Next: respond.LocalPath(r.PostForm.Get("next"))}
	form.Err = f.SignIn(r.Context(), SignInInput{Email: form.Email, Password: r.PostForm.Get("password")})
	if form.Err != nil {
		return f.renderSignIn(w, r, form)
	}
	f.Respond.Redirect(w, r, form.Next)
	return nil
}

func (f *Feature) renderSignIn(w http.ResponseWriter, r *http.Request, form signInForm) error {
	form.Recovery = !f.Mailer.Off()
	return f.renderForm(w, r, form.Err, respond.Page{
		Title: "Sign in", Description: "Sign in to read, write and publish.", Body: signInPage(form),
	})
}

func (f *Feature) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := f.SignOut(r.Context()); err != nil {
		return err
	}
	f.Respond.Redirect(w, r, "/")
	return nil
}

func (f *Feature) showForgotPassword(w http.ResponseWriter, r *http.Request) error {
	return f.renderForgotPassword(w, r, forgotPasswordForm{})
}

func (f *Feature) requestPasswordReset(w http.ResponseWriter, r *http.Request) error {
	if err := respond.ParseForm(r); err != nil {
		return err
	}
	form := forgotPasswordForm{Email: r.PostForm.Get("email")}
	form.Err = f.RequestPasswordReset(r.Context(), form.Email)
	if form.Err != nil {
		return f.renderForgotPassword(w, r, form)
	}
	return f.renderForm(w, r, nil, respond.Page{
		Title: "Check your email", Description: "If there is an account with this address, we sent an email.", Body: emailSentPage(form.Email),
	})
}

func (f *Feature) renderForgotPassword(w http.ResponseWriter, r *http.Request, form forgotPasswordForm) error {
	body := forgotPasswordPage(form)
	if f.Mailer.Off() {
		body = noEmailPage()
	}
	return f.renderForm(w, r, form.Err, respond.Page{
		Title: "Forgot your password?", Description: "Get a link to choose a new password.", Body: body,
	})
}

func (f *Feature) showResetPassword(w http.ResponseWriter, r *http.Request) error {
	return f.renderResetPassword(w, r, resetPasswordForm{Secret: r.URL.Query().Get("token")})
}

func (f *Feature) resetPassword(w http.ResponseWriter, r *http.Request) error {
	if err := respond.ParseForm(r); err != nil {
		return err
	}
	form := resetPasswordForm{Secret: r.PostForm.Get("token")}
	form.Err = f.ResetPassword(r.Context(), ResetPasswordInput{Secret: form.Secret, Password: r.PostForm.Get("password")})
	switch {
	case errors.Is(form.Err, fault.Invalid):
		return f.renderResetPassword(w, r, form)
	case errors.Is(form.Err, fault.NotFound):
		return f.renderInvalidLink(w, r, ResetPasswordPurpose)
	case form.Err != nil:
		return form.Err
	}
	f.Sessions.Flash(r.Context(), "Your password was changed and all devices were signed out. Sign in with your new password.")
	f.Respond.Redirect(w, r, "/sign-in")
	return nil
}

func (f *Feature) renderResetPassword(w http.ResponseWriter, r *http.Request, form resetPasswordForm) error {
	keepSecret(w)
	user, err := f.FindEmailLink(r.Context(), EmailLink{Secret: form.Secret, Purpose: ResetPasswordPurpose})
	if errors.Is(err, fault.NotFound) {
		return f.renderInvalidLink(w, r, ResetPasswordPurpose)
	}
	if err != nil {
		return err
	}
	form.Email = user.Email
	return f.renderForm(w, r, form.Err, respond.Page{
		Title: "Choose a new password", Description: "Choose a new password with the link from your email.",
		Path: ResetPasswordPurpose.path(), Body: resetPasswordPage(form),
	})
}

func (f *Feature) showVerifyEmail(w http.ResponseWriter, r *http.Request) error {
	keepSecret(w)
	secret := r.URL.Query().Get("token")
	user, err := f.FindEmailLink(r.Context(), EmailLink{Secret: secret, Purpose: VerifyEmailPurpose})
	if errors.Is(err, fault.NotFound) {
		return f.renderInvalidLink(w, r, VerifyEmailPurpose)
	}
	if err != nil {
		return err
	}
	return f.renderForm(w, r, nil, respond.Page{
		Title: "Verify your email address", Description: "Verify your email address with the link from your email.",
		Path: VerifyEmailPurpose.path(), Body: verifyEmailPage(secret, user.Email),
	})
}

func (f *Feature) verifyEmail(w http.ResponseWriter, r *http.Request) error {
	if err := respond.ParseForm(r); err != nil {
		return err
	}
	err := f.VerifyEmail(r.Context(), r.PostForm.Get("token"))
	if errors.Is(err, fault.NotFound) {
		return f.renderInvalidLink(w, r, VerifyEmailPurpose)
	}
	if err != nil {
		return err
	}
	f.Sessions.Flash(r.Context(), "Your email address is verified. Thank you.")
	if auth.CurrentUser(r.Context()).SignedIn() {
		f.Respond.Redirect(w, r, "/account/security")
	} else {
		f.Respond.Redirect(w, r, "/sign-in")
	}
	return nil
}

func (f *Feature) renderInvalidLink(w http.ResponseWriter, r *http.Request, purpose Purpose) error {
	keepSecret(w)
	f.Respond.Page(w, r, respond.Page{
		Title: "Invalid link", Description: "This link is invalid or has expired.",
		Path: purpose.path(), Status: http.StatusNotFound, Body: invalidLinkPage(purpose),
	})
	return nil
}

// keepSecret keeps the URL of a page, which contains the secret of a link, out of
// the Referer header, of caches and of search engines.
func keepSecret(w http.ResponseWriter) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
}

func (f *Feature) accountSection(context.Context, accounts.User) (templ.Component, error) {
	return accountSection(), nil
}

func (f *Feature) showSecurity(w http.ResponseWriter, r *http.Request) error {
	return f.renderSecurity(w, r, nil)
}

func (f *Feature) changePassword(w http.ResponseWriter, r *http.Request) error {
	if err := respond.ParseForm(r); err != nil {
		return err
	}
	err := f.ChangePassword(r.Context(), ChangePasswordInput{Current: r.PostForm.Get("current_password"), New: r.PostForm.Get("new_password")})
	if err != nil {
		return f.renderSecurity(w, r, err)
	}
	return f.redirectToSecurity(w, r, "Your password was changed and all other devices were signed out.")
}

func (f *Feature) requestVerification(w http.ResponseWriter, r *http.Request) error {
	if err := f.RequestVerification(r.Context()); err != nil {
		return err
	}
	return f.redirectToSecurity(w, r, "We sent you an email. Open the link in it to verify your address.")
}

func (f *Feature) endOtherSessions(w http.ResponseWriter, r *http.Request) error {
	if err := f.EndOtherSessions(r.Context()); err != nil {
		return err
	}
	return f.redirectToSecurity(w, r, "All other devices were signed out.")
}

func (f *Feature) endSession(w http.ResponseWriter, r *http.Request) error {
	err := f.EndSession(r.Context(), chi.URLParam(r, "sessionID"))
	if err != nil && !errors.Is(err, fault.NotFound) { // a session that has already ended is fine
		return err
	}
	return f.redirectToSecurity(w, r, "The device was signed out.")
}

func (f *Feature) redirectToSecurity(w http.ResponseWriter, r *http.Request, message string) error {
	if f.Sessions.CurrentID(r.Context()) == "" { // this device was signed out
		f.Respond.Redirect(w, r, "/")
		return nil
	}
	f.Sessions.Flash(r.Context(), message)
	f.Respond.Redirect(w, r, "/account/security")
	return nil
}

// renderSecurity renders the security page. formErr is what was wrong with the
// form that was submitted.
func (f *Feature) renderSecurity(w http.ResponseWriter, r *http.Request, formErr error) error {
	sessions, err := f.ListSessions(r.Context())
	if err != nil {
		return err
	}
	user, err := f.ReadAccount(r.Context())
	if err != nil {
		return err
	}
	view := securityView{User: user, Sessions: sessions, Mail: !f.Mailer.Off(), Err: formErr}
	return f.renderForm(w, r, formErr, respond.Page{
		Title: "Security", Description: "Your email address, your password, and your devices.", Body: securityPage(view),
	})
}

func (f *Feature) showDeleteAccount(w http.ResponseWriter, r *http.Request) error {
	return f.renderDeleteAccount(w, r, nil)
}

func (f *Feature) deleteAccount(w http.ResponseWriter, r *http.Request) error {
	if err := respond.ParseForm(r); err != nil {
		return err
	}
	if err := f.DeleteAccount(r.Context(), r.PostForm.Get("password")); err != nil {
		return f.renderDeleteAccount(w, r, err)
	}
	f.Sessions.Flash(r.Context(), "Your account was deleted.")
	f.Respond.Redirect(w, r, "/")
	return nil
}

func (f *Feature) renderDeleteAccount(w http.ResponseWriter, r *http.Request, formErr error) error {
	return f.renderForm(w, r, formErr, respond.Page{
		Title: "Delete your account", Description: "Delete your account.",
		Body: deleteAccountPage(auth.CurrentUser(r.Context()).Email, formErr),
	})
}

// renderForm renders a page with a form again if formErr is something that the
// user can correct. It returns any other error.
func (f *Feature) renderForm(w http.ResponseWriter, r *http.Request, formErr error, page respond.Page) error {
	switch {
	case errors.Is(formErr, fault.Invalid):
		page.Status = http.StatusUnprocessableEntity
	case errors.Is(formErr, fault.Conflict):
		page.Status = http.StatusConflict
	case formErr != nil:
		return formErr
	}
	f.Respond.Page(w, r, page)
	return nil
}

// withNext adds the page to return to after signing in, unless it is the front
// page, which is the default.
func withNext(path, next string) string {
	if next == "" || next == "/" {
		return path
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}
