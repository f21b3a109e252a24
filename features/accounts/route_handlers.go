package accounts

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
)

// What search engines and link previews say.
const (
	signUpDescription = "Create an account: a name, an address and a password."
	signInDescription = "Sign in to read, write and publish."
)

func (f *Feature) showSignUp(w http.ResponseWriter, r *http.Request) {
	next := respond.LocalPath(r.URL.Query().Get("next"))
	if auth.CurrentUser(r.Context()).SignedIn() {
		f.deps.Respond.Redirect(w, r, next)
		return
	}
	f.answer(w, r, respond.Page{Title: "Sign up", Description: signUpDescription, Body: signUpPage(signUpForm{Next: next})}, nil)
}

func (f *Feature) postSignUp(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	form := signUpForm{
		Email: r.PostForm.Get("email"),
		Name:  r.PostForm.Get("name"),
		Next:  respond.LocalPath(r.PostForm.Get("next")),
	}
	err := f.deps.SignUp(r.Context(), SignUpInput{Email: form.Email, Name: form.Name, Password: r.PostForm.Get("password")})
	if errors.Is(err, fault.Invalid) {
		form.Err = err
		f.answer(w, r, respond.Page{Title: "Sign up", Description: signUpDescription, Body: signUpPage(form)}, err)
		return
	}
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	ready := "Your account is ready if this address was new. Sign in with the password you have just chosen."
	if !f.deps.Postman.Off() {
		ready += " We have sent a letter to the address."
	}
	f.deps.Sessions.Flash(r.Context(), ready)
	f.deps.Respond.Redirect(w, r, withNext("/sign-in", form.Next))
}

func (f *Feature) showSignIn(w http.ResponseWriter, r *http.Request) {
	next := respond.LocalPath(r.URL.Query().Get("next"))
	if auth.CurrentUser(r.Context()).SignedIn() {
		f.deps.Respond.Redirect(w, r, next)
		return
	}
	f.answer(w, r, respond.Page{Title: "Sign in", Description: signInDescription, Body: signInPage(signInForm{Next: next, Recovery: !f.deps.Postman.Off()})}, nil)
}

func (f *Feature) postSignIn(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	form := signInForm{
		Email:    r.PostForm.Get("email"),
		Next:     respond.LocalPath(r.PostForm.Get("next")),
		Recovery: !f.deps.Postman.Off(),
	}
	err := f.deps.SignIn(r.Context(), SignInInput{Email: form.Email, Password: r.PostForm.Get("password")})
	if errors.Is(err, fault.Invalid) {
		form.Err = err
		f.answer(w, r, respond.Page{Title: "Sign in", Description: signInDescription, Body: signInPage(form)}, err)
		return
	}
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Redirect(w, r, form.Next)
}

func (f *Feature) postSignOut(w http.ResponseWriter, r *http.Request) {
	if err := f.deps.SignOut(r.Context()); err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Redirect(w, r, "/")
}

func (f *Feature) showAccount(w http.ResponseWriter, r *http.Request) {
	f.answerAccount(w, r, nil)
}

// answerAccount shows the account page; err is what was wrong with one of its
// forms, which name their fields apart.
func (f *Feature) answerAccount(w http.ResponseWriter, r *http.Request, err error) {
	sessions, listErr := f.deps.ListSessions(r.Context())
	if listErr != nil {
		f.deps.Respond.Error(w, r, listErr)
		return
	}
	account, readErr := f.deps.ReadAccount(r.Context())
	if readErr != nil {
		f.deps.Respond.Error(w, r, readErr)
		return
	}
	view := accountView{User: account, Name: account.Name, Sessions: sessions, Mail: !f.deps.Postman.Off(), Err: err}
	if sent := r.PostForm.Get("name"); sent != "" {
		view.Name = sent
	}
	f.answer(w, r, respond.Page{Title: "Your account", Description: "Your name, your password, and where you are signed in.", Body: accountPage(view)}, err)
}

func (f *Feature) postName(w http.ResponseWriter, r *http.Request) {
	f.change(w, r, "Your name is changed.", func(ctx context.Context, form url.Values) error {
		return f.deps.ChangeName(ctx, form.Get("name"))
	})
}

func (f *Feature) postPassword(w http.ResponseWriter, r *http.Request) {
	f.change(w, r, "Your password is changed, and every other device is signed out.", func(ctx context.Context, form url.Values) error {
		return f.deps.ChangePassword(ctx, ChangePasswordInput{Current: form.Get("current_password"), New: form.Get("new_password")})
	})
}

func (f *Feature) postEndOtherSessions(w http.ResponseWriter, r *http.Request) {
	f.change(w, r, "You are signed out everywhere else.", func(ctx context.Context, _ url.Values) error {
		return f.deps.EndOtherSessions(ctx)
	})
}

func (f *Feature) postEndSession(w http.ResponseWriter, r *http.Request) {
	f.change(w, r, "That device is signed out.", func(ctx context.Context, _ url.Values) error {
		err := f.deps.EndSession(ctx, chi.URLParam(r, "sessionID"))
		if errors.Is(err, fault.NotFound) {
			return nil // it has ended by itself: what was asked for is so
		}
		return err
	})
}

// change runs a form of the account page: back to the page when it is done,
// and the page with what is wrong when it is not.
func (f *Feature) change(w http.ResponseWriter, r *http.Request, done string, do func(context.Context, url.Values) error) {
	err := parseForm(r)
	if err == nil {
		err = do(r.Context(), r.PostForm)
	}
	switch {
	case err == nil && f.deps.Sessions.CurrentID(r.Context()) == "":
		f.deps.Respond.Redirect(w, r, "/") // it was this device
	case err == nil:
		f.deps.Sessions.Flash(r.Context(), done)
		f.deps.Respond.Redirect(w, r, "/account")
	case errors.Is(err, fault.Invalid), errors.Is(err, fault.Conflict):
		f.answerAccount(w, r, err)
	default:
		f.deps.Respond.Error(w, r, err)
	}
}

func (f *Feature) postDeleteAccount(w http.ResponseWriter, r *http.Request) {
	err := parseForm(r)
	if err == nil {
		err = f.deps.DeleteAccount(r.Context(), r.PostForm.Get("delete_password"))
	}
	switch {
	case err == nil:
		f.deps.Sessions.Flash(r.Context(), "Your account is deleted. Goodbye.")
		f.deps.Respond.Redirect(w, r, "/")
	case errors.Is(err, fault.Invalid), errors.Is(err, fault.Conflict):
		f.answerAccount(w, r, err)
	default:
		f.deps.Respond.Error(w, r, err)
	}
}

func (f *Feature) showUsers(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	in := ListUsersInput{Search: query.Get("q"), OlderThan: query.Get("older"), NewerThan: query.Get("newer")}
	page, err := f.deps.ListUsers(r.Context(), in)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	view := usersView{Page: page, Search: in.Search, CurrentID: auth.CurrentUser(r.Context()).ID, Here: r.URL.RequestURI()}
	f.answer(w, r, respond.Page{Title: "Users", Description: "Who has an account, and what they may do.", Body: usersPage(view)}, nil)
}

func (f *Feature) postGrantRole(w http.ResponseWriter, r *http.Request) {
	f.changeRole(w, r, f.deps.GrantRole)
}

func (f *Feature) postRevokeRole(w http.ResponseWriter, r *http.Request) {
	f.changeRole(w, r, f.deps.RevokeRole)
}

func (f *Feature) changeRole(w http.ResponseWriter, r *http.Request, change func(context.Context, RoleInput) (User, error)) {
	f.changeUser(w, r, rolesSentence, func(ctx context.Context, userID string) (User, error) {
		return change(ctx, RoleInput{UserID: userID, Role: r.PostForm.Get("role")})
	})
}

func (f *Feature) postSignOutEverywhere(w http.ResponseWriter, r *http.Request) {
	f.changeUser(w, r, signedOutSentence, f.deps.SignOutEverywhere)
}

func (f *Feature) postLockAccount(w http.ResponseWriter, r *http.Request) {
	f.changeUser(w, r, lockedSentence, f.deps.LockAccount)
}

func (f *Feature) postUnlockAccount(w http.ResponseWriter, r *http.Request) {
	f.changeUser(w, r, unlockedSentence, f.deps.UnlockAccount)
}

// changeUser runs a form of the list of users, and goes back to where in the
// list it was sent from, which says what is done.
func (f *Feature) changeUser(w http.ResponseWriter, r *http.Request, done func(User) string, change func(ctx context.Context, userID string) (User, error)) {
	if err := parseForm(r); err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	user, err := change(r.Context(), chi.URLParam(r, "userID"))
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Sessions.Flash(r.Context(), done(user))
	f.deps.Respond.Redirect(w, r, usersPath(r.PostForm.Get("back")))
}

// answer shows a page with the status of what was wrong with its form, if
// anything was.
func (f *Feature) answer(w http.ResponseWriter, r *http.Request, page respond.Page, err error) {
	switch {
	case errors.Is(err, fault.Invalid):
		page.Status = http.StatusUnprocessableEntity
	case errors.Is(err, fault.Conflict):
		page.Status = http.StatusConflict
	}
	f.deps.Respond.Page(w, r, page)
}

// withNext carries the way back along, unless it leads to the front page, where
// one gets anyway.
func withNext(path, next string) string {
	if next == "" || next == "/" {
		return path
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}

// usersPath is the page of the list of users that a form was sent from.
func usersPath(back string) string {
	if parsed, err := url.Parse(back); err == nil && parsed.Path == "/admin/users" && parsed.Host == "" && parsed.Scheme == "" {
		return respond.LocalPath(parsed.RequestURI())
	}
	return "/admin/users"
}
