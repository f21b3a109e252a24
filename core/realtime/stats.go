package realtime

import "sync/atomic"

// Stats are what a hub knows at one moment.
type Stats struct {
	Sockets       int            // connected
	Users         int            // signed in, with a socket or more
	Subscriptions map[string]int // topics that somebody hears, each with how many
	Refusals      map[string]int // since the start, by gate
}

// Stats counts sockets, subscriptions and refusals.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	stats := Stats{Sockets: len(h.sockets), Users: len(h.byUser)}
	h.mu.Unlock()
	stats.Subscriptions = h.topics.sizes()
	stats.Refusals = h.counts.byGate()
	return stats
}

// gate is where something was refused.
type gate int

const (
	gateConnection gate = iota
	gateSubscribe
	gateInbound
	gateSender
	gateLimits
	gateCount
)

func (g gate) String() string {
	return [gateCount]string{"connection", "subscribe", "inbound", "sender", "limits"}[g]
}

type refusalCounts [gateCount]atomic.Int64

func (c *refusalCounts) byGate() map[string]int {
	counts := make(map[string]int, gateCount)
	for i := range c {
		counts[gate(i).String()] = int(c[i].Load())
	}
	return counts
}

// refused counts an error at its gate and hands it on.
func (h *Hub) refused(at gate, err error) error {
	if err != nil {
		h.counts[at].Add(1)
	}
	return err
}
