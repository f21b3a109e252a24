package jobadmin

import (
	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// ActivityChannel announces that jobs or queues have changed, at most once a
// second.
//
// The name is on the wire: never change it.
var ActivityChannel = realtime.DefineChannel[JobCounts]("jobadmin.activity", realtime.Role(auth.RoleAdmin))

// JobCounts is how many jobs are unfinished or failed, in all processes. A page
// that shows more fetches its current state.
type JobCounts struct {
	Waiting int `json:"waiting" validate:"min=0"` // for a free worker, their time or the next attempt
	Running int `json:"running" validate:"min=0"`
	Failed  int `json:"failed" validate:"min=0"`
}
