package accounts

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	handle := f.Respond.Handle

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireUser(f.Respond.Error))
		r.Get("/account", handle(f.showAccount))
		r.Post("/account/name", handle(f.changeName))
	})

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleAdmin, f.Respond.Error))
		r.Get("/admin/users", handle(f.showUsers))
		r.Post("/admin/users/{userID}/roles/grant", handle(f.grantRole))
		r.Post("/admin/users/{userID}/roles/revoke", handle(f.revokeRole))
		r.Post("/admin/users/{userID}/sign-out", handle(f.signOutUser))
		r.Post("/admin/users/{userID}/lock", handle(f.lockAccount))
		r.Post("/admin/users/{userID}/unlock", handle(f.unlockAccount))
	})
}
