// Package connections shows administrators who is connected over realtime.
//
// /admin/connections lists the connected users, the channels and topics they
// are subscribed to, and what the gates have recently rejected. The page stays
// current: while an administrator subscribes to StatsChannel, this process
// broadcasts new counts at most once a second, and the page fetches its current
// state from /admin/connections?fragment=now.
//
// # Privacy
//
// Users are shown by name and address, as in the list of users; visitors only
// as a number of connections. For a rejected visitor, the page shows the
// network but never the full IP address. Nothing is stored: everything comes
// from the hub's memory and starts over with the process.
//
// # Limits
//
// The page shows one process. With several, each knows only its own sockets.
package connections

import (
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/respond"
)

// Feature is the connections page, assembled by wire.
type Feature struct {
	ReadOverview   ReadOverview
	BroadcastStats BroadcastStats

	Respond *respond.Responder
}

// Manifest is what the feature brings to the application.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:       "connections",
		Paths:      []string{"/admin/connections"},
		Routes:     f.routes,
		Navigation: []feature.NavItem{{Label: "Connections", Path: "/admin/connections", Role: auth.RoleAdmin}},
		Parts: []feature.Part{
			realtime.Channels{
				StatsChannel.Poll(time.Second, f.pollStats),
				// <gen:realtime-channels>
				// <gen:realtime-handlers>
			},
			// <gen:events>
			// <gen:event-handlers>
			// <gen:jobs>
			// <gen:job-handlers>
		},
	}
}
