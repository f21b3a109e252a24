// Package catalog follows every rule, so nothing is reported in it.
package catalog

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"example.com/shop/core/events"
	"example.com/shop/core/feature"
	"example.com/shop/core/jobs"
	"example.com/shop/core/realtime"
	"example.com/shop/core/respond"
)

type Feature struct {
	SaveBook SaveBook
	ReadBook ReadBook
	RT       realtime.Broadcaster
	Respond  *respond.Responder
}

// FooterSlot is a place on the catalog's pages for other features.
var FooterSlot = feature.DefineSlot[Book]("catalog.footer")

func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:   "catalog",
		Paths:  []string{"/", "/books"},
		Routes: f.routes,
		Parts: []feature.Part{
			realtime.Channels{LookingChannel.Handle(f.onLooking), ShelfChannel.Authorize(f.mayReadShelf)},
			events.Handlers{events.Handle(BookSavedEvent, "catalog.count_books", f.onBookSaved)},
			jobs.Handlers{jobs.Handle(CountBooksJob, f.countBooks)},
			feature.Fill(FooterSlot, f.footer),
		},
	}
}

func (f *Feature) routes(r chi.Router) {
	handle := f.Respond.Handle
	r.Get("/", handle(f.showBooks))
	r.Get("/books/{id}", handle(f.showBook))
	r.Route("/catalog", func(r chi.Router) {
		r.Get("/shelves", handle(f.showBooks))
	})
}

func (f *Feature) showBooks(w http.ResponseWriter, r *http.Request) error { return nil }

func (f *Feature) showBook(w http.ResponseWriter, r *http.Request) error {
	return f.SaveBook(r.Context(), "")
}

func (f *Feature) footer(ctx context.Context, book Book) (templ.Component, error) {
	return BookCard(), nil
}

// BookCard is a view. Another feature must not use it.
func BookCard() templ.Component { return nil }
