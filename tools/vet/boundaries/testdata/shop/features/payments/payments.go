// Package payments imports what is known in one place.
package payments

import (
	"github.com/alexedwards/scs/v2"               // want `scs is imported outside of its place: use auth.Sessions`
	"github.com/google/wire"                      // want `wire is imported outside of its place: put the provider set into the providers.go`
	"github.com/riverqueue/river"                 // want `River is imported outside of its place: use core/events and core/jobs`
	socketio "github.com/zishang520/socket.io/v3" // want `Socket.IO is imported outside of its place: use core/realtime, .*rule R2`
)

type Feature struct {
	server socketio.Server
	client river.Client
	store  scs.Store
}

var set = wire.NewSet()
