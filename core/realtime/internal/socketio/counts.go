package socketio

import (
	"sync/atomic"

	"example.com/pergola/core/observe"
)

// counts are the counters behind Counts.
type counts struct {
	opened     atomic.Int64
	closed     map[Reason]*atomic.Int64 // has an entry for each reason
	framesOut  atomic.Int64
	bytesOut   atomic.Int64
	handshakes observe.Durations
}

func newClosed() map[Reason]*atomic.Int64 {
	closed := map[Reason]*atomic.Int64{}
	for _, reason := range Reasons() {
		closed[reason] = &atomic.Int64{}
	}
	return closed
}

// Counts are the metrics of a server since it was created.
type Counts struct {
	Opened     int64            // connections, admitted or not
	Closed     map[Reason]int64 // connections, by reason
	FramesOut  int64
	BytesOut   int64                     // without TCP overhead
	Handshakes observe.DurationsSnapshot // from the request until the client is admitted
}

// Counts returns the server's metrics.
func (s *Server) Counts() Counts {
	counted := Counts{
		Opened:     s.counts.opened.Load(),
		Closed:     map[Reason]int64{},
		FramesOut:  s.counts.framesOut.Load(),
		BytesOut:   s.counts.bytesOut.Load(),
		Handshakes: s.counts.handshakes.Snapshot(),
	}
	for reason, n := range s.counts.closed {
		counted.Closed[reason] = n.Load()
	}
	return counted
}
