package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
	"example.com/pergola/web"
)

// welcome is the front page until a feature has one.
func welcome(rs *respond.Responder, manifests []feature.Manifest) []feature.Manifest {
	if hasFrontPage(manifests) {
		return nil
	}
	return []feature.Manifest{{
		Name: "welcome",
		Routes: func(r chi.Router) {
			r.Get("/", func(w http.ResponseWriter, r *http.Request) {
				rs.Page(w, r, respond.Page{
					Title:       web.SiteName,
					Description: "The front page of " + web.SiteName + ".",
					Body:        web.Welcome(),
				})
			})
		},
	}}
}

func hasFrontPage(manifests []feature.Manifest) bool {
	router := chi.NewRouter()
	for _, manifest := range manifests {
		if manifest.Routes != nil {
			manifest.Routes(router)
		}
	}
	return router.Match(chi.NewRouteContext(), http.MethodGet, "/")
}
