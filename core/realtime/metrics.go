package realtime

import (
	"maps"

	"example.com/pergola/core/observe"
)

// Metrics are the metrics of a server and its hub since they were created. See Stats
// for the current state.
type Metrics struct {
	Connections   int              // open, admitted or not
	Opened        int64            // connections
	Closed        map[string]int64 // connections, by reason: "slow" means that the client did not read
	Subscriptions map[string]int   // now, by channel
	MessagesOut   int64            // frames written
	BytesOut      int64            // of these frames

	Rejected map[string]map[string]int // by gate and code

	Handshakes observe.DurationsSnapshot // from a browser's request until it is admitted
	Broadcasts observe.DurationsSnapshot // from the call until the message is queued for all subscribers
}

// Metrics returns the server's metrics. It does not block broadcasts.
func (s *Server) Metrics() Metrics {
	counts := s.transport.Counts()
	m := Metrics{
		Connections:   s.transport.Connections(),
		Opened:        counts.Opened,
		Closed:        map[string]int64{},
		Subscriptions: map[string]int{},
		MessagesOut:   counts.FramesOut,
		BytesOut:      counts.BytesOut,
		Rejected:      s.gates.hub.rejections.byCode(),
		Handshakes:    counts.Handshakes,
		Broadcasts:    s.gates.hub.broadcasts.Snapshot(),
	}
	for reason, n := range counts.Closed {
		m.Closed[string(reason)] = n
	}
	_, channels := s.gates.hub.topics.sizes()
	for name, channel := range channels {
		m.Subscriptions[name] = channel.Subscriptions
	}
	return m
}

func (rs *rejections) byCode() map[string]map[string]int {
	all := make(map[string]map[string]int, gateCount)
	for i := range rs {
		g := &rs[i]
		g.mu.Lock()
		all[gate(i).String()] = maps.Clone(g.codes)
		g.mu.Unlock()
	}
	return all
}
