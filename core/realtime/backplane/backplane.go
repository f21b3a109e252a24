// Package backplane makes several processes of an application speak to the
// browsers of all of them.
//
// A realtime.Hub knows the sockets of its own process. Where there is another
// process, a worker or a second web server, a Relay stands between the features
// and the hub:
//
//	plane := backplane.NewPostgres(db, logger) // or backplane.NewRedis(address, logger)
//	relay := backplane.NewRelay(hub, plane, logger) // is a realtime.Broadcaster and an auth.Watcher
//
// What it is told it tells its own hub and, over the Backplane, the relays of
// the other processes: broadcasts, ended sessions, changed roles, and topics
// whose authorizer is to be asked again. A process without a second one is given
// no Backplane, and its relay only passes on.
//
// # What is promised
//
// A message reaches the other processes after the commit, in the order in which
// this process sent it, once. It is lost to a process that is cut off from the
// database or from Redis meanwhile, and for all where too much waits to be sent.
// Whoever missed something finds out as soon as messages get through again, and
// has its sockets come back: so nobody goes on hearing what an end of their
// session would have closed to them, and every page asks for its state anew. The
// own sockets never wait for a backplane.
//
// Who is present is known to each process by itself.
package backplane

import "context"

// Backplane carries messages between the processes of an application. Postgres
// is one, Redis another.
type Backplane interface {
	// Send takes a message, which is JSON, to every other process. It does not
	// wait. While messages cannot be sent they queue, and when too many do they
	// are dropped and that is logged.
	Send(message []byte)

	// Start begins to carry, and tells the listener.
	Start(ctx context.Context, listener Listener) error

	// Measures counts what was done.
	Measures() Measures

	// Stop sends what waits, within ctx, and ends.
	Stop(ctx context.Context) error
}

// Listener is told what comes from other processes, one thing after the other.
type Listener struct {
	Hear   func(message []byte)
	Missed func() // they said something that will never be heard here
}
