// Package registered has side effects when it is imported.
package registered

import (
	_ "example.com/shop/features/catalog" // want `example.com/shop/features/catalog is imported for its side effect`
	"fmt"
	_ "time/tzdata"
)

var all []string

func init() { // want `init functions are not allowed, because they cannot be tested: write a constructor`
	all = append(all, "registered")
}

var _ = register("again") // want `a blank variable calls a function when the package is imported`

var _, _ = fmt.Stringer(nil), register("twice") // want `a blank variable calls a function`

var _ fmt.Stringer = (*name)(nil)

func register(name string) int {
	all = append(all, name)
	return len(all)
}

type name struct{}

func (*name) String() string { return "" }
func (*name) init()          {}
