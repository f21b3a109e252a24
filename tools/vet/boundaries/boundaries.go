// Package boundaries checks the boundaries of the application that the Go
// compiler does not: who may import what, what a feature may export, and what a
// realtime handler may do. Each rule is an analyzer, and each finding includes the
// fix.
//
//	realtimewrites    R0: a realtime handler writes nothing
//	privatehandlers   R1: descriptors are exported, handlers are not
//	confinedimports   R2: Socket.IO, River, scs and wire are each imported in one package
//	inwardimports     core and web import no feature, and only cmd imports cmd
//	foreignparts      a feature uses no store, view or entry point of another
//	returnederrors    HTTP handlers return their errors; Respond.Handle answers them
//	storednames       names of channels, events, jobs, handlers, use cases and slots begin with their feature
//	owntables         SQL statements use only the tables of their owner
//	ownroutes         URL paths begin with the feature's name, or with a path in its manifest
//	noregistration    packages do not register themselves
//
// The rules depend on folders (features/<name>, core, web and cmd) and not on
// the name of the module. Only the rules about imports apply to tests, which may
// assemble features as they like.
//
// Rules about the repository as a whole (which feature may import which,
// migrations, scripts, anchors) are in architecture_test.go.
//
// # Limits
//
// A call through an interface is followed to the implementations in the package
// that declares the interface. SQL is read where it is a constant;
// statements_test.go checks that it is one.
package boundaries

import "golang.org/x/tools/go/analysis"

// Analyzers returns all rules.
func Analyzers() []*analysis.Analyzer {
	return []*analysis.Analyzer{
		RealtimeWrites,
		PrivateHandlers,
		ConfinedImports,
		InwardImports,
		ForeignParts,
		ReturnedErrors,
		StoredNames,
		OwnTables,
		OwnRoutes,
		NoRegistration,
	}
}
