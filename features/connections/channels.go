package connections

import (
	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// StatsChannel announces that someone has connected, disconnected, subscribed,
// unsubscribed or been rejected, at most once a second.
//
// The name is on the wire: never change it.
var StatsChannel = realtime.DefineChannel[Stats]("connections.stats", realtime.Role(auth.RoleAdmin))

// Stats are the counts of this process. A page that shows more fetches its
// current state.
type Stats struct {
	Sockets       int `json:"sockets" validate:"min=0"`
	Users         int `json:"users" validate:"min=0"`
	Visitors      int `json:"visitors" validate:"min=0"`
	Subscriptions int `json:"subscriptions" validate:"min=0"`
	Rejections    int `json:"rejections" validate:"min=0"`
}

func statsOf(stats realtime.Stats) Stats {
	return Stats{
		Sockets:       stats.Sockets,
		Users:         stats.Users,
		Visitors:      stats.Visitors,
		Subscriptions: sum(stats.Subscriptions),
		Rejections:    sum(stats.Rejections),
	}
}

func sum(counts map[string]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}
