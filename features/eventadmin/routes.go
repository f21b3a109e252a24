package eventadmin

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	handle := f.Respond.Handle
	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleAdmin, f.Respond.Error))
		r.Get("/admin/events", handle(f.showEvents))
		r.Get("/admin/events/{eventID}", handle(f.showEvent))
		r.Get("/admin/events/deliveries", handle(f.showDeliveries))
		r.Post("/admin/events/deliveries/{deliveryID}/retry", handle(f.retryDelivery))
		r.Post("/admin/events/deliveries/{deliveryID}/cancel", handle(f.cancelDelivery))
		r.Post("/admin/events/deliveries/{deliveryID}/replay", handle(f.replayDelivery))
	})
}
