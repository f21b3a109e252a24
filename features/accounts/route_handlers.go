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

func (f *Feature) showAccount(w http.ResponseWriter, r *http.Request) error {
	return f.renderAccount(w, r, "", nil)
}

func (f *Feature) changeName(w http.ResponseWriter, r *http.Request) error {
	if err := respond.ParseForm(r); err != nil {
		return err
	}
	name := r.PostForm.Get("name")
	err := f.ChangeName(r.Context(), name)
	if errors.Is(err, fault.Invalid) {
		return f.renderAccount(w, r, name, err)
	}
	if err != nil {
		return err
	}
	f.Sessions.Flash(r.Context(), "Your name was changed.")
	f.Respond.Redirect(w, r, "/account")
	return nil
}

// renderAccount renders the account page. formErr is what was wrong with the
// name that was submitted.
func (f *Feature) renderAccount(w http.ResponseWriter, r *http.Request, name string, formErr error) error {
	user, err := f.ReadAccount(r.Context())
	if err != nil {
		return err
	}
	page := respond.Page{Title: "Your account", Description: "Your profile and security settings."}
	view := accountView{User: user, Name: user.Name, Slots: f.Slots, Err: formErr}
	if formErr != nil {
		view.Name, page.Status = name, http.StatusUnprocessableEntity
	}
	page.Body = accountPage(view)
	f.Respond.Page(w, r, page)
	return nil
}

func (f *Feature) showUsers(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	in := ListUsersInput{Search: query.Get("q"), OlderThan: query.Get("older"), NewerThan: query.Get("newer")}
	page, err := f.ListUsers(r.Context(), in)
	if err != nil {
		return err
	}
	view := usersView{Page: page, Search: in.Search, CurrentID: auth.CurrentUser(r.Context()).ID, URL: r.URL.RequestURI()}
	f.Respond.Page(w, r, respond.Page{Title: "Users", Description: "Manage accounts and roles.", Body: usersPage(view)})
	return nil
}

func (f *Feature) grantRole(w http.ResponseWriter, r *http.Request) error {
	return f.changeUser(w, r, rolesMessage, func(ctx context.Context, userID string) (User, error) {
		return f.GrantRole(ctx, RoleInput{UserID: userID, Role: r.PostForm.Get("role")})
	})
}

func (f *Feature) revokeRole(w http.ResponseWriter, r *http.Request) error {
	return f.changeUser(w, r, rolesMessage, func(ctx context.Context, userID string) (User, error) {
		return f.RevokeRole(ctx, RoleInput{UserID: userID, Role: r.PostForm.Get("role")})
	})
}

func (f *Feature) signOutUser(w http.ResponseWriter, r *http.Request) error {
	return f.changeUser(w, r, signedOutMessage, f.SignOutUser)
}

func (f *Feature) lockAccount(w http.ResponseWriter, r *http.Request) error {
	return f.changeUser(w, r, lockedMessage, f.LockAccount)
}

func (f *Feature) unlockAccount(w http.ResponseWriter, r *http.Request) error {
	return f.changeUser(w, r, unlockedMessage, f.UnlockAccount)
}

// changeUser handles a form of the list of users and redirects back to the page
// of the list that it was on, with a message.
func (f *Feature) changeUser(w http.ResponseWriter, r *http.Request, message func(User) string, change func(ctx context.Context, userID string) (User, error)) error {
	if err := respond.ParseForm(r); err != nil {
		return err
	}
	user, err := change(r.Context(), chi.URLParam(r, "userID"))
	if err != nil {
		return err
	}
	f.Sessions.Flash(r.Context(), message(user))
	f.Respond.Redirect(w, r, usersPath(r.PostForm.Get("back")))
	return nil
}

// usersPath is the page of the list of users that a form was on.
func usersPath(back string) string {
	if parsed, err := url.Parse(back); err == nil && parsed.Path == "/admin/users" && parsed.Host == "" && parsed.Scheme == "" {
		return respond.LocalPath(parsed.RequestURI())
	}
	return "/admin/users"
}
