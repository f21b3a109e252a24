package web

import (
	"example.com/shop/cmd/web/parts"    // want `web imports cmd/web/parts: move the shared code to core`
	"example.com/shop/features/catalog" // want `web imports feature catalog`
)

type layout struct {
	book catalog.Book
	_    parts.Part
}
