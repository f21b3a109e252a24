package main

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
	"example.com/pergola/web"
	"example.com/pergola/web/gallery"
)

// devPages are the pages for developers, in development only.
func devPages(rs *respond.Responder, assets *web.Assets) feature.Manifest {
	return feature.Manifest{
		Name: "dev",
		Routes: func(r chi.Router) {
			r.Get("/dev/components", func(w http.ResponseWriter, r *http.Request) {
				rs.Page(w, r, respond.Page{
					Title:       "Components",
					Description: "The components that pages are built from.",
					Body:        gallery.Page(),
				})
			})
			r.Get("/dev/pictures/social-card", func(w http.ResponseWriter, r *http.Request) {
				rs.Fragment(w, r, http.StatusOK, gallery.SocialCard(assets))
			})
			r.Get("/dev/pictures/touch-icon", func(w http.ResponseWriter, r *http.Request) {
				rs.Fragment(w, r, http.StatusOK, gallery.TouchIcon(assets))
			})
			r.Get("/dev/errors/{status}", func(w http.ResponseWriter, r *http.Request) {
				rs.Error(w, r, faultWithStatus(chi.URLParam(r, "status")))
			})
		},
	}
}

// faultWithStatus returns a fault with the status, to show its error page, or
// NotFound.
func faultWithStatus(status string) fault.Kind {
	n, _ := strconv.Atoi(status)
	kinds := map[int]fault.Kind{
		http.StatusForbidden:             fault.Forbidden,
		http.StatusConflict:              fault.Conflict,
		http.StatusRequestEntityTooLarge: fault.TooLarge,
		http.StatusUnprocessableEntity:   fault.Invalid,
		http.StatusTooManyRequests:       fault.TooMany,
		http.StatusInternalServerError:   fault.Internal,
		http.StatusServiceUnavailable:    fault.Unavailable,
	}
	if kind, ok := kinds[n]; ok {
		return kind
	}
	return fault.NotFound
}
