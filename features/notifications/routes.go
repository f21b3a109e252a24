package notifications

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	r.Get("/notifications/digest", f.showDigest)
	r.Post("/notifications/digest", f.stopDigest)

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireUser(f.deps.Respond.Error))

		r.Get("/notifications", f.showNotifications)
		r.Post("/notifications/read-all", f.markAllRead)
		r.Post("/notifications/preferences", f.setPreferences)
		r.Post("/notifications/{id}/read", f.markRead)
		r.Post("/notifications/{id}/open", f.openNotification)
	})

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleAdmin, f.deps.Respond.Error))

		r.Get("/admin/announcements", f.showAnnouncements)
		r.Post("/admin/announcements", f.sendAnnouncement)
	})
}
