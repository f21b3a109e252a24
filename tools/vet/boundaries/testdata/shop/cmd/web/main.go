// Web keeps to every rule: it may assemble what others may not touch.
package main

import (
	"github.com/google/wire"

	"example.com/shop/features/catalog"
)

var set = wire.NewSet(catalog.Set, catalog.NewMemoryBooks, catalog.New)

func main() { _ = set }
