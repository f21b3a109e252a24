package inside

import "github.com/google/wire" // want `wire is imported outside of its place`

var set = wire.NewSet()
