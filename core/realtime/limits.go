package realtime

import "time"

// Limits bound what one client can ask of the server. A zero field means the
// default beside it; a negative one lifts the limit.
type Limits struct {
	FrameBytes             int // bytes of one incoming frame; 64 KiB
	SubscriptionsPerSocket int // topics that one socket hears at a time; 100
	EventsPerSecond        int // events of one socket, subscriptions too, over time; 50
	EventBurst             int // events of one socket at once, after a while of silence; 150
	SocketsPerSession      int // open sockets (tabs) of one session; 50
	SocketsPerAddress      int // open connections from one address, as http.Request.RemoteAddr has it; 500

	ConnectTimeout time.Duration // for a connection to say what it wants; 5 s
}
