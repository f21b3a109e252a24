// Package payments imports confined libraries.
package payments

import (
	"github.com/alexedwards/scs/v2"               // want `scs must not be imported here: use auth.Sessions`
	"github.com/google/wire"                      // want `wire must not be imported here: move the provider set to the feature's providers.go`
	"github.com/riverqueue/river"                 // want `River must not be imported here: use core/events and core/jobs`
	socketio "github.com/zishang520/socket.io/v3" // want `Socket.IO must not be imported here: use core/realtime, .*rule R2`
)

type Feature struct {
	server socketio.Server
	client river.Client
	store  scs.Store
}

var set = wire.NewSet()
