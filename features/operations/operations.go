// Package operations shows administrators what goes on in the running
// application, as it goes on.
//
// # Live
//
// /admin/live shows who is connected, what they hear, and what was refused
// lately at which gate. It keeps itself up to date: while something changes it
// is told once a second at most, through ConnectionsChannel, and asks for its
// present state, which is answered at /admin/live?fragment=now. While nothing
// changes, or nobody looks, nothing is sent.
//
// # Jobs and events
//
// /admin/jobs shows the queues and the jobs in each state, and /admin/events
// what was published and what became of it in each handler. What failed is shown
// with its error and stack, and can be replayed; what is due later can be done
// now; what is not finished can be cancelled; queues can be paused. Each of
// these is written to the log with the administrator's id. They keep themselves
// up to date through WorkChannel: while an administrator hears that, this
// process looks every second whether anything has changed, wherever the work is
// done.
//
// # What is shown of people
//
// Users are shown by name and address, as in the list of users; visitors are a
// number of connections. Of whoever was refused something, the network is
// shown and never the whole address. Payloads of events and jobs are shown,
// except those of jobs that are defined with jobs.Private. Nothing of this is
// stored: it is what the realtime core has in memory, and begins anew with the
// process, and what events and jobs keep.
//
// # Limits
//
// What is shown of connections is this process. With several, each knows its
// own sockets. Jobs and events are those of all processes.
package operations

import (
	"context"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/respond"
)

// Deps is what the feature is made of.
type Deps struct {
	ReadOverview ReadOverview
	TellAdmins   TellAdmins

	ListJobs    ListJobs
	ReadJob     ReadJob
	RetryJob    RetryJob
	CancelJob   CancelJob
	ReplayJob   ReplayJob
	PauseQueue  PauseQueue
	ResumeQueue ResumeQueue

	ListEvents     ListEvents
	ReadEvent      ReadEvent
	ListDeliveries ListDeliveries
	RetryDelivery  RetryDelivery
	CancelDelivery CancelDelivery
	ReplayDelivery ReplayDelivery

	TellOfWork TellOfWork

	Hub      *realtime.Hub
	Respond  *respond.Responder
	Sessions *auth.Sessions
	Reporter observe.Reporter
}

// Feature is the feature, ready to be listed by its Manifest.
type Feature struct{ deps Deps }

// tellEvery is how often administrators are told of changes at most.
const tellEvery = time.Second

// New makes the feature. It follows the hub for as long as that lives.
func New(deps Deps) *Feature {
	f := &Feature{deps: deps}
	deps.Hub.OnChange(tellEvery, f.onChange)
	work := &workWatch{hub: deps.Hub, tell: deps.TellOfWork, reporter: deps.Reporter}
	deps.Hub.OnChange(tellEvery, work.onChange)
	return f
}

// onChange has no request to fail, so it reports a failure itself.
func (f *Feature) onChange() {
	ctx := context.Background()
	if err := f.deps.TellAdmins(ctx); err != nil {
		f.deps.Reporter.Report(ctx, err)
	}
}

// Manifest is what operations brings to the application.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:   "operations",
		Paths:  []string{"/admin/live", "/admin/jobs", "/admin/events"},
		Routes: f.routes,
		Navigation: []feature.NavItem{
			{Label: "Live", Path: "/admin/live", Role: auth.RoleAdmin},
			{Label: "Jobs", Path: "/admin/jobs", Role: auth.RoleAdmin},
			{Label: "Events", Path: "/admin/events", Role: auth.RoleAdmin},
		},
		Parts: []feature.Part{
			realtime.Channels{
				ConnectionsChannel,
				WorkChannel,
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
