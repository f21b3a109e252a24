package realtime

import (
	"maps"

	"example.com/pergola/core/observe"
)

// Measures are what a server and its hub have done since they were made, in
// numbers for whoever measures the program from outside. See Stats for what is
// the case now.
type Measures struct {
	Connections   int              // open, let in or not
	Opened        int64            // connections
	Closed        map[string]int64 // connections, by reason: "slow" are those that were cut off because they did not read
	Subscriptions map[string]int   // now, by channel
	MessagesOut   int64            // frames that were written, to whomever
	BytesOut      int64            // of these

	Rejected map[string]map[string]int // by gate and code

	Handshakes observe.Counted // from a browser's request until it is let in
	Broadcasts observe.Counted // from the call until the message waits for everyone who hears it
}

// Measures counts. It holds up no broadcast.
func (s *Server) Measures() Measures {
	counts := s.transport.Counts()
	m := Measures{
		Connections:   s.transport.Connections(),
		Opened:        counts.Opened,
		Closed:        map[string]int64{},
		Subscriptions: map[string]int{},
		MessagesOut:   counts.FramesOut,
		BytesOut:      counts.BytesOut,
		Rejected:      s.gates.hub.rejections.byCode(),
		Handshakes:    counts.Handshakes,
		Broadcasts:    s.gates.hub.broadcasts.Counted(),
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
