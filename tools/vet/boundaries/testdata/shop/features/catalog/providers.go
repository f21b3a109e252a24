package catalog

import "github.com/google/wire"

var Set = wire.NewSet(NewPostgresBooks, NewReadBook, NewSaveBook, New)

var _ Books = (*memoryBooks)(nil)
