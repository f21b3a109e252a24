// Package catalog keeps to every rule: nothing in it is found.
package catalog

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"example.com/shop/core/database"
	"example.com/shop/core/events"
	"example.com/shop/core/feature"
	"example.com/shop/core/jobs"
	"example.com/shop/core/realtime"
)

type Deps struct {
	SaveBook SaveBook
	ReadBook ReadBook
	Tx       database.Transactor
	RT       realtime.Broadcaster
}

type Feature struct{ deps Deps }

func New(deps Deps) *Feature { return &Feature{deps: deps} }

func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:   "catalog",
		Paths:  []string{"/", "/books"},
		Routes: f.routes,
		Parts: []feature.Part{
			realtime.Handlers{realtime.Handle(LookingChannel, f.onLooking)},
			realtime.Authorizers{realtime.Authorize(ShelfChannel, f.mayHearShelf)},
			events.Handlers{events.Handle(BookSavedEvent, "catalog.count_books", f.onBookSaved)},
			jobs.Handlers{jobs.Handle(CountBooksJob, f.countBooks)},
		},
	}
}

func (f *Feature) routes(r chi.Router) {
	r.Get("/", f.showBooks)
	r.Get("/books/{id}", f.showBook)
	r.Route("/catalog", func(r chi.Router) {
		r.Get("/shelves", f.showBooks)
	})
}

func (f *Feature) showBooks(w http.ResponseWriter, r *http.Request) {}
func (f *Feature) showBook(w http.ResponseWriter, r *http.Request)  { _ = f.deps.SaveBook }

// BookCard is a view that should not be exported.
func BookCard() templ.Component { return nil }
