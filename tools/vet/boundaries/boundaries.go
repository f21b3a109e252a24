// Package boundaries holds the walls of the application that the Go compiler
// does not hold: who may import what, what a feature may say of itself, and
// what may happen when a browser speaks. Each rule is an analyzer, and each
// finding says what to do instead.
//
//	realtimewrites    R0: what browsers send on a channel stores nothing
//	privatehandlers   R1: descriptors are exported, handlers are not
//	confinedimports   R2: Socket.IO, River, scs and wire are known in one place each
//	inwardimports     core and web know no feature, and nobody knows cmd
//	foreignparts      a feature leaves alone the storage, views and front door of others
//	storednames       names of channels, events, jobs, handlers and use cases begin with their feature
//	owntables         statements touch the tables of their owner only
//	ownroutes         addresses begin with the feature's name, or with what its manifest declares
//	noregistration    nothing registers itself
//
// The rules go by folders: features/<name>, core/…, web/… and cmd/… of the
// module that is checked, whatever its name. What stands in a test is held to
// the imports only: a test may assemble what it likes.
//
// What is about the repository as a whole (which feature may listen to which,
// migrations, scripts, anchors) stands in architecture_test.go.
//
// # Limits
//
// What is called through an interface is followed to the implementations in
// the package that declares the interface, where storage has them. SQL is read
// where it is a constant; that it is one is held by statements_test.go.
package boundaries

import "golang.org/x/tools/go/analysis"

// Analyzers are all rules.
func Analyzers() []*analysis.Analyzer {
	return []*analysis.Analyzer{
		RealtimeWrites,
		PrivateHandlers,
		ConfinedImports,
		InwardImports,
		ForeignParts,
		StoredNames,
		OwnTables,
		OwnRoutes,
		NoRegistration,
	}
}
