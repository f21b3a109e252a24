package operations

import (
	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// ConnectionsChannel tells administrators that somebody came or went, began or
// ceased to hear something, or was refused: once for all of that in a second.
//
// The name is on the wire: never change it.
var ConnectionsChannel = realtime.DefineChannel[Connections]("operations.connections", realtime.Role(auth.RoleAdmin))

// Connections are the figures of the moment. Whoever wants to know more asks
// for the page's present state.
type Connections struct {
	Sockets       int `json:"sockets" validate:"min=0"`
	Users         int `json:"users" validate:"min=0"`
	Visitors      int `json:"visitors" validate:"min=0"`
	Subscriptions int `json:"subscriptions" validate:"min=0"`
	Refusals      int `json:"refusals" validate:"min=0"`
}

// WorkChannel tells administrators that something has changed in what the jobs
// and the deliveries of events have to do: once for all of that in a second.
//
// The name is on the wire: never change it.
var WorkChannel = realtime.DefineChannel[Work]("operations.work", realtime.Role(auth.RoleAdmin))

// Work is how many jobs and deliveries of events are on their way, in all
// processes. Whoever wants to know more asks for the page's present state.
type Work struct {
	Waiting int `json:"waiting" validate:"min=0"` // for room, a time or their next attempt
	Running int `json:"running" validate:"min=0"`
	Failed  int `json:"failed" validate:"min=0"`
}

func connectionsOf(stats realtime.Stats) Connections {
	return Connections{
		Sockets:       stats.Sockets,
		Users:         stats.Users,
		Visitors:      stats.Visitors,
		Subscriptions: sum(stats.Subscriptions),
		Refusals:      sum(stats.Refusals),
	}
}

func sum(counts map[string]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}
