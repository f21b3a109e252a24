// Package jobadmin lets administrators follow background jobs and intervene.
//
// /admin/jobs lists the queues and the jobs in each state, for all processes.
// An administrator can replay a failed job, run a scheduled job early, cancel a
// job that hasn't finished, and pause or resume a queue. Each of these actions
// is logged with the administrator's id.
//
// The pages stay current: while an administrator subscribes to ActivityChannel,
// this process checks once a second whether any job has changed, in any
// process.
//
// Payloads are shown, except those of jobs defined with jobs.Private. The
// feature stores nothing of its own.
package jobadmin

import (
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/respond"
)

// Feature is the job pages, assembled by wire.
type Feature struct {
	ListJobs          ListJobs
	ReadJob           ReadJob
	RetryJob          RetryJob
	CancelJob         CancelJob
	ReplayJob         ReplayJob
	PauseQueue        PauseQueue
	ResumeQueue       ResumeQueue
	BroadcastActivity BroadcastActivity

	Respond  *respond.Responder
	Sessions *auth.Sessions
}

// Manifest is what the feature brings to the application.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:       "jobadmin",
		Paths:      []string{"/admin/jobs"},
		Routes:     f.routes,
		Navigation: []feature.NavItem{{Label: "Jobs", Path: "/admin/jobs", Role: auth.RoleAdmin}},
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
