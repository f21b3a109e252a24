// Package thefts takes what it likes of another feature.
package thefts

import (
	"github.com/a-h/templ"

	"example.com/shop/core/database"
	"example.com/shop/features/catalog"
	"example.com/shop/features/catalog/shelves" // want `features/catalog/shelves is inside the feature catalog: import features/catalog`
)

type Feature struct {
	books catalog.Books // want `catalog.Books is the storage of the feature catalog: ask for one of its use cases`
	read  catalog.ReadBook
	other *catalog.Feature // want `catalog.Feature is the front door of the feature catalog: only cmd/web assembles features`
}

func newFeature(db *database.DB) *Feature {
	f := &Feature{books: catalog.NewPostgresBooks(db)} // want `catalog.NewPostgresBooks is the storage`
	f.books = catalog.NewMemoryBooks(nil)              // want `catalog.NewMemoryBooks is the storage`
	_ = catalog.Set                                    // want `catalog.Set is the front door`
	_ = shelves.Count
	return f
}

func (f *Feature) card() templ.Component { return catalog.BookCard() } // want `catalog.BookCard is a view of the feature catalog: link to its page`
