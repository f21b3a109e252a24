package catalog

import "github.com/google/wire"

var Set = wire.NewSet(wire.Struct(new(Feature), "*"), NewBooks, NewReadBook, NewSaveBook)
