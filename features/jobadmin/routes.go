package jobadmin

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	handle := f.Respond.Handle
	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleAdmin, f.Respond.Error))
		r.Get("/admin/jobs", handle(f.showJobs))
		r.Get("/admin/jobs/{jobID}", handle(f.showJob))
		r.Post("/admin/jobs/{jobID}/retry", handle(f.retryJob))
		r.Post("/admin/jobs/{jobID}/cancel", handle(f.cancelJob))
		r.Post("/admin/jobs/{jobID}/replay", handle(f.replayJob))
		r.Post("/admin/jobs/queues/{queue}/pause", handle(f.pauseQueue))
		r.Post("/admin/jobs/queues/{queue}/resume", handle(f.resumeQueue))
	})
}
