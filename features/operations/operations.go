// Package operations shows administrators what goes on in the running
// application, as it goes on.
//
// What an administrator meets is one page, /admin/live: who is connected, what
// they hear, and what was refused lately at which gate. It keeps itself up to
// date: while something changes it is told once a second at most, through
// ConnectionsChannel, and asks for its present state, which is answered at
// /admin/live?fragment=now. While nothing changes, or nobody looks, nothing is
// sent.
//
// # What is shown of people
//
// Users are shown by name and address, as in the list of users; visitors are a
// number of connections. Of whoever was refused something, the network is
// shown and never the whole address. Nothing of this is stored: it is what the
// realtime core has in memory, and begins anew with the process.
//
// # Limits
//
// What is shown is this process. With several, each knows its own sockets.
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

	Hub      *realtime.Hub
	Respond  *respond.Responder
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
		Name:       "operations",
		Paths:      []string{"/admin/live"},
		Routes:     f.routes,
		Navigation: []feature.NavItem{{Label: "Live", Path: "/admin/live", Role: auth.RoleAdmin}},
		Parts:      []feature.Part{realtime.Channels{ConnectionsChannel}},
	}
}
