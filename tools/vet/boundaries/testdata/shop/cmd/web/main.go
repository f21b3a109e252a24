// Web follows every rule: it may assemble what features may not use.
package main

import (
	"github.com/google/wire"

	"example.com/shop/features/catalog"
)

var set = wire.NewSet(catalog.Set, catalog.NewBooks)

func main() { _ = set }
