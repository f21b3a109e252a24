package main

import (
	"io"

	"github.com/google/wire"

	"example.com/pergola/core/app"
	"example.com/pergola/core/feature"
)

// Packages are the optional core packages of this application. Only this file
// lists them; each is wired in a file of its own, such as realtime.go.
type Packages struct {
	Realtime *realtimePackage // <with:realtime/>
	Events   *eventsPackage   // <with:events/>
	Jobs     *jobsPackage     // <with:jobs/>
	Bridge   *bridgePackage   // <with:events,realtime/>
}

// all lists realtime first, so that it stops after the packages whose handlers
// broadcast.
func (p Packages) all() []corePackage {
	return []corePackage{
		corePackage(*p.Realtime), // <with:realtime/>
		corePackage(*p.Events),   // <with:events/>
		corePackage(*p.Jobs),     // <with:jobs/>
		corePackage(*p.Bridge),   // <with:events,realtime/>
	}
}

// packageSet builds the infrastructure of the packages.
var packageSet = wire.NewSet(
	wire.Struct(new(Packages), "*"),
	realtimeSet, // <with:realtime/>
	eventsSet,   // <with:events/>
	jobsSet,     // <with:jobs/>
	bridgeSet,   // <with:events,realtime/>
)

// packageConfig is the configuration of the packages.
type packageConfig struct {
	realtimeConfig // <with:realtime/>
}

func (c *packageConfig) load(env *environment) {
	c.realtimeConfig.load(env) // <with:realtime/>
}

// corePackage is what an optional core package adds to the application. Each
// field may be nil.
type corePackage struct {
	manifests []feature.Manifest // added to those of the features

	// assemble is called when all manifests are known.
	assemble func([]feature.Manifest) (app.Package, error)

	devPages func([]feature.Manifest) []feature.Manifest // in development only
	describe func(*description, []feature.Manifest)
	formats  map[string]func(io.Writer, []feature.Manifest) error // of `web describe`
}
