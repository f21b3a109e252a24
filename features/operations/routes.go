package operations

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleAdmin, f.deps.Respond.Error))
		r.Get("/admin/live", f.showLive)
		r.Get("/admin/jobs", f.showJobs)
		r.Get("/admin/jobs/{jobID}", f.showJob)
		r.Post("/admin/jobs/{jobID}/retry", f.postRetryJob)
		r.Post("/admin/jobs/{jobID}/cancel", f.postCancelJob)
		r.Post("/admin/jobs/{jobID}/replay", f.postReplayJob)
		r.Post("/admin/jobs/queues/{queue}/pause", f.postPauseQueue)
		r.Post("/admin/jobs/queues/{queue}/resume", f.postResumeQueue)
		r.Get("/admin/events", f.showEvents)
		r.Get("/admin/events/{eventID}", f.showEvent)
		r.Get("/admin/events/deliveries", f.showDeliveries)
		r.Post("/admin/events/deliveries/{deliveryID}/retry", f.postRetryDelivery)
		r.Post("/admin/events/deliveries/{deliveryID}/cancel", f.postCancelDelivery)
		r.Post("/admin/events/deliveries/{deliveryID}/replay", f.postReplayDelivery)
	})
}
