// Package backplane delivers broadcasts to the sockets of all processes of an
// application.
//
// A realtime.Hub knows only the sockets of its own process. If there is another
// process, such as a worker or a second web server, put a Relay between the features
// and the hub:
//
//	plane := backplane.NewPostgres(db, logger) // or backplane.NewRedis(address, logger)
//	relay := backplane.NewRelay(hub, plane, logger) // is a realtime.Broadcaster and an auth.Watcher
//
// It forwards everything to its own hub and, over the Backplane, to the relays of
// the other processes: broadcasts, ended sessions, changed roles, and topics to
// recheck. In an application with one process there is no Backplane, and the relay
// only forwards to the hub.
//
// # Guarantees
//
// A message reaches the other processes once, after the commit, in the order in
// which this process sent it. A process that is disconnected from the database or
// Redis in the meantime loses it, and if too many messages are queued, all processes
// lose it. As soon as messages arrive again, a process that missed any makes its
// sockets reconnect. So no client keeps a subscription that a lost notification should
// have ended, and every page fetches its current state. The sockets of the sending
// process never wait for the backplane.
//
// A process also receives its own messages. If none comes back for ten seconds, it is
// cut off from the others, although its connections are open: Metrics.Up is false,
// which is logged.
//
// Presence is not shared: each process knows only who is present on its own sockets.
package backplane

import "context"

// Backplane delivers messages between the processes of an application. Postgres and
// Redis implement it.
type Backplane interface {
	// Send sends a message, which is JSON, to every other process. It does not
	// block: messages are queued until they can be sent. If too many are queued,
	// new ones are dropped, which is logged.
	Send(message []byte)

	// Start starts sending, and passes incoming messages to the listener.
	Start(ctx context.Context, listener Listener) error

	// Metrics returns the backplane's metrics.
	Metrics() Metrics

	// Stop sends the queued messages, within ctx, and ends.
	Stop(ctx context.Context) error
}

// Listener handles what other processes send. Its functions are called one at a
// time.
type Listener struct {
	Receive func(message []byte)
	Missed  func() // messages of other processes were lost
}
