package accounts

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
)

func (f *Feature) showForgotPassword(w http.ResponseWriter, r *http.Request) {
	f.answerForgotPassword(w, r, forgotPasswordForm{})
}

func (f *Feature) answerForgotPassword(w http.ResponseWriter, r *http.Request, form forgotPasswordForm) {
	body := forgotPasswordPage(form)
	if f.deps.Postman.Off() {
		body = noMailPage()
	}
	f.answer(w, r, respond.Page{Title: "Forgot your password?", Description: "Have a link sent to choose a new password.", Body: body}, form.Err)
}

func (f *Feature) postForgotPassword(w http.ResponseWriter, r *http.Request) {
	err := parseForm(r)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	email := r.PostForm.Get("email")
	err = f.deps.RequestPasswordReset(r.Context(), email)
	switch {
	case err == nil:
		f.answer(w, r, respond.Page{Title: "Look into your mailbox", Description: "A letter is on its way, if there is an account.", Body: letterSentPage(email)}, nil)
	case errors.Is(err, fault.Invalid):
		f.answerForgotPassword(w, r, forgotPasswordForm{Email: email, Err: err})
	default:
		f.deps.Respond.Error(w, r, err)
	}
}

func (f *Feature) showResetPassword(w http.ResponseWriter, r *http.Request) {
	f.answerResetPassword(w, r, resetPasswordForm{Secret: r.URL.Query().Get("token")})
}

func (f *Feature) answerResetPassword(w http.ResponseWriter, r *http.Request, form resetPasswordForm) {
	user, ok := f.linkOwner(w, r, LinkInput{Secret: form.Secret, Purpose: ResetsPassword})
	if !ok {
		return
	}
	form.Email = user.Email
	f.answer(w, r, respond.Page{Title: "Choose a new password", Description: "Choose a new password with the link from your letter.",
		Path: ResetsPassword.path(), Body: resetPasswordPage(form)}, form.Err)
}

func (f *Feature) postResetPassword(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	secret := r.PostForm.Get("token")
	err := f.deps.ResetPassword(r.Context(), ResetPasswordInput{Secret: secret, Password: r.PostForm.Get("password")})
	switch {
	case err == nil:
		f.deps.Sessions.Flash(r.Context(), "Your password is changed, and every device is signed out. Sign in with the new one.")
		f.deps.Respond.Redirect(w, r, "/sign-in")
	case errors.Is(err, fault.Invalid):
		f.answerResetPassword(w, r, resetPasswordForm{Secret: secret, Err: err})
	case errors.Is(err, fault.NotFound):
		f.answerDeadLink(w, r, ResetsPassword)
	default:
		f.deps.Respond.Error(w, r, err)
	}
}

func (f *Feature) showVerifyEmail(w http.ResponseWriter, r *http.Request) {
	secret := r.URL.Query().Get("token")
	user, ok := f.linkOwner(w, r, LinkInput{Secret: secret, Purpose: VerifiesEmail})
	if !ok {
		return
	}
	f.answer(w, r, respond.Page{Title: "Confirm your address", Description: "Confirm your address with the link from your letter.",
		Path: VerifiesEmail.path(), Body: verifyEmailPage(secret, user.Email)}, nil)
}

func (f *Feature) postVerifyEmail(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	err := f.deps.VerifyEmail(r.Context(), r.PostForm.Get("token"))
	switch {
	case err == nil:
		f.deps.Sessions.Flash(r.Context(), "Your address is confirmed. Thank you.")
		f.deps.Respond.Redirect(w, r, afterVerifying(r.Context()))
	case errors.Is(err, fault.NotFound):
		f.answerDeadLink(w, r, VerifiesEmail)
	default:
		f.deps.Respond.Error(w, r, err)
	}
}

func afterVerifying(ctx context.Context) string {
	if auth.CurrentUser(ctx).SignedIn() {
		return "/account"
	}
	return "/sign-in"
}

func (f *Feature) postVerification(w http.ResponseWriter, r *http.Request) {
	f.change(w, r, "A letter is on its way to you.", func(ctx context.Context, _ url.Values) error {
		return f.deps.RequestVerification(ctx)
	})
}

// linkOwner is whose a link is; if it is nobody's, the page says so. What
// answers a link tells nobody where it came from.
func (f *Feature) linkOwner(w http.ResponseWriter, r *http.Request, in LinkInput) (User, bool) {
	keepSecret(w)
	user, err := f.deps.FindLink(r.Context(), in)
	switch {
	case err == nil:
		return user, true
	case errors.Is(err, fault.NotFound):
		f.answerDeadLink(w, r, in.Purpose)
	default:
		f.deps.Respond.Error(w, r, err)
	}
	return User{}, false
}

func (f *Feature) answerDeadLink(w http.ResponseWriter, r *http.Request, purpose Purpose) {
	keepSecret(w)
	f.deps.Respond.Page(w, r, respond.Page{Title: "This link does not work", Description: "Links from letters work once, and for a while.",
		Path: purpose.path(), Status: http.StatusNotFound, Body: deadLinkPage(purpose)})
}

// keepSecret keeps the address of the page, which has the link's secret in it,
// from whatever the page leads to, from caches and from search engines.
func keepSecret(w http.ResponseWriter) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
}
