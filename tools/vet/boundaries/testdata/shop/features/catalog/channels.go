package catalog

import "example.com/shop/core/realtime"

var (
	LookingChannel = realtime.DefineChannel[Looking]("catalog.looking")
	ShelfChannel   = realtime.DefineKeyedChannel[Looking]("catalog.shelf.{shelf}")
)

type Looking struct{ BookID string }
