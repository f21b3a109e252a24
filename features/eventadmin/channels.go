package eventadmin

import (
	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// ActivityChannel announces that events were published or deliveries have
// changed, at most once a second.
//
// The name is on the wire: never change it.
var ActivityChannel = realtime.DefineChannel[DeliveryCounts]("eventadmin.activity", realtime.Role(auth.RoleAdmin))

// DeliveryCounts is how many deliveries are unfinished or failed, in all
// processes. A page that shows more fetches its current state.
type DeliveryCounts struct {
	Waiting int `json:"waiting" validate:"min=0"` // for a free worker or the next attempt
	Running int `json:"running" validate:"min=0"`
	Failed  int `json:"failed" validate:"min=0"`
}
