// Package thefts uses parts of another feature that are not meant for it.
package thefts

import (
	"github.com/a-h/templ"

	"example.com/shop/core/database"
	"example.com/shop/core/feature"
	"example.com/shop/features/catalog"
	"example.com/shop/features/catalog/shelves" // want `features/catalog/shelves is internal to feature catalog: import features/catalog`
)

type Feature struct {
	books *catalog.Books // want `catalog.Books is a store of feature catalog: call one of its use cases`
	read  catalog.ReadBook
	other *catalog.Feature // want `catalog.Feature is the entry point of feature catalog: only cmd/web assembles features`
}

func newFeature(db *database.DB) *Feature {
	f := &Feature{books: catalog.NewBooks(db)} // want `catalog.NewBooks is a store`
	_ = catalog.Set                            // want `catalog.Set is the entry point`
	_ = shelves.Count
	return f
}

func (f *Feature) card() templ.Component { return catalog.BookCard() } // want `catalog.BookCard is a view of feature catalog: link to its page`

func (f *Feature) fill() feature.SlotFill { return feature.Fill(catalog.FooterSlot, nil) }
