package web

import (
	"example.com/shop/cmd/web/parts"    // want `web imports cmd/web/parts: move what both need to core`
	"example.com/shop/features/catalog" // want `web imports the feature catalog`
)

type layout struct {
	book catalog.Book
	_    parts.Part
}
