package inside

import "github.com/google/wire" // want `wire must not be imported here`

var set = wire.NewSet()
