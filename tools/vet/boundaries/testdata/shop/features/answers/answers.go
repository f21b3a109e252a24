// Package answers answers the errors of its handlers itself.
package answers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/shop/core/respond"
)

type Feature struct{ Respond *respond.Responder }

func (f *Feature) routes(r chi.Router) {
	r.Get("/answers", f.show)
	r.Get("/answers/{id}", f.Respond.Handle(f.read))
}

func (f *Feature) show(w http.ResponseWriter, r *http.Request) { // want `handler show returns no error: add an error result`
	f.Respond.Error(w, r, nil) // want `this handler answers its own error: return it`
}

func (f *Feature) read(w http.ResponseWriter, r *http.Request) error {
	f.Respond.Error(w, r, nil) // want `this handler answers its own error`
	return nil
}
