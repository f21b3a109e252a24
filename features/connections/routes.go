package connections

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	handle := f.Respond.Handle
	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleAdmin, f.Respond.Error))
		r.Get("/admin/connections", handle(f.showConnections))
	})
}
