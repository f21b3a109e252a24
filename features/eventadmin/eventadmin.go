// Package eventadmin lets administrators follow events and intervene in their
// deliveries.
//
// /admin/events lists published events, and /admin/events/deliveries their
// deliveries to handlers, for all processes. An administrator can replay a
// failed delivery, retry one early, and cancel one that hasn't finished. Each
// of these actions is logged with the administrator's id.
//
// The pages stay current: while an administrator subscribes to ActivityChannel,
// this process checks once a second whether any delivery has changed, in any
// process.
//
// The feature stores nothing of its own.
package eventadmin

import (
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/respond"
)

// Feature is the event pages, assembled by wire.
type Feature struct {
	ListEvents        ListEvents
	ReadEvent         ReadEvent
	ListDeliveries    ListDeliveries
	RetryDelivery     RetryDelivery
	CancelDelivery    CancelDelivery
	ReplayDelivery    ReplayDelivery
	BroadcastActivity BroadcastActivity

	Respond  *respond.Responder
	Sessions *auth.Sessions
}

// Manifest is what the feature brings to the application.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:       "eventadmin",
		Paths:      []string{"/admin/events"},
		Routes:     f.routes,
		Navigation: []feature.NavItem{{Label: "Events", Path: "/admin/events", Role: auth.RoleAdmin}},
		Parts: []feature.Part{
			realtime.Channels{
				ActivityChannel.Poll(time.Second, f.pollActivity),
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
