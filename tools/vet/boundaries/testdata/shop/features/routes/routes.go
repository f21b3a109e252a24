// Package routes takes addresses of others.
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
	r.Get("/", f.show)                       // want `the address / does not say whose it is: begin it with /routes, or declare it in the Paths of the manifest`
	r.Get("/routesque", f.show)              // want `the address /routesque does not say`
	r.Post("/books/{id}", f.show)            // want `the address /books/{id} does not say`
	r.Handle("/admin/ways", nil)             // want `the address /admin/ways does not say`
	r.Get("/"+"wa"+"ys2", f.show)            // want `the address /ways2 does not say`
	r.Get(f.path()+"/here", f.show)          // want `the path of this route is made while the program runs`
	r.Route("/shelves", func(r chi.Router) { // want `the address /shelves does not say`
		r.Get("/inside", f.show)
	})
	r.Group(func(r chi.Router) {
		r.Get("/sign-in", f.show) // want `the address /sign-in does not say`
	})
}

func (f *Feature) path() string { return "/routes" }

func (f *Feature) show(w http.ResponseWriter, r *http.Request) {}
