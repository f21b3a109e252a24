// Package registered does things by being imported.
package registered

import (
	_ "example.com/shop/features/catalog" // want `example.com/shop/features/catalog is imported for what it does by being imported: nothing registers itself`
	"fmt"
	_ "time/tzdata"
)

var all []string

func init() { // want `an init runs unasked and cannot be tested: make a constructor`
	all = append(all, "registered")
}

var _ = register("again") // want `a variable without a name calls a function when the package is imported`

var _, _ = fmt.Stringer(nil), register("twice") // want `a variable without a name calls a function`

var _ fmt.Stringer = (*name)(nil)

func register(name string) int {
	all = append(all, name)
	return len(all)
}

type name struct{}

func (*name) String() string { return "" }
func (*name) init()          {}
