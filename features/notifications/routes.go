package notifications

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	handle := f.Respond.Handle
	r.Get("/notifications/digest", handle(f.showDigest))
	r.Post("/notifications/digest", handle(f.unsubscribeDigest))

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireUser(f.Respond.Error))

		r.Get("/notifications", handle(f.showNotifications))
		r.Post("/notifications/read-all", handle(f.markAllRead))
		r.Post("/notifications/preferences", handle(f.setPreferences))
		r.Post("/notifications/new-articles", handle(f.setNewArticles))
		r.Post("/notifications/{id}/read", handle(f.markRead))
		r.Post("/notifications/{id}/open", handle(f.openNotification))
	})

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleAdmin, f.Respond.Error))

		r.Get("/admin/announcements", handle(f.showAnnouncements))
		r.Post("/admin/announcements", handle(f.sendAnnouncement))
	})
}
