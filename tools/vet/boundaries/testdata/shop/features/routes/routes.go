// Package routes uses paths of other features.
package routes

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/shop/core/feature"
)

type Feature struct{}

func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{Name: "routes", Paths: []string{"/ways", "/map.xml"}, Routes: f.routes}
}

func (f *Feature) routes(r chi.Router) {
	r.Get("/routes", f.show)
	r.Get("/routes/{id}", f.show)
	r.Get("/ways/{id}", f.show)
	r.Get("/map.xml", f.show)
	r.Get("/", f.show)                       // want `path / does not belong to this feature: begin it with /routes, or add it to Paths in the manifest`
	r.Get("/routesque", f.show)              // want `path /routesque does not belong`
	r.Post("/books/{id}", f.show)            // want `path /books/{id} does not belong`
	r.Handle("/admin/ways", nil)             // want `path /admin/ways does not belong`
	r.Get("/"+"wa"+"ys2", f.show)            // want `path /ways2 does not belong`
	r.Get(f.path()+"/here", f.show)          // want `the path of this route is not a constant`
	r.Route("/shelves", func(r chi.Router) { // want `path /shelves does not belong`
		r.Get("/inside", f.show)
	})
	r.Group(func(r chi.Router) {
		r.Get("/sign-in", f.show) // want `path /sign-in does not belong`
	})
}

func (f *Feature) path() string { return "/routes" }

func (f *Feature) show(w http.ResponseWriter, r *http.Request) {}
