package realtime

import "maps"

// Stats is a snapshot of a hub. It covers the sockets of this process only.
type Stats struct {
	Sockets     int            // connected
	Visitors    int            // sockets without a user; one person may have several
	Users       int            // signed-in users with a socket
	Connections map[string]int // sockets of each user, by user id

	Subscriptions map[string]int          // subscribers of each topic that has any
	Channels      map[string]ChannelStats // channels of these topics, by name

	Revision uint64 // increases with every change

	Rejections map[string]int // since the start, by gate
	Recent     []Rejected     // the most recent of each gate, newest first
}

// ChannelStats counts the subscriptions of one channel.
type ChannelStats struct {
	Topics        int // topics with subscribers; 1 for a channel without parameters
	Subscriptions int
}

// Stats returns a snapshot. It does not block broadcasts. Its cost grows with the
// number of users and topics, so call it about once a second, not per request.
func (h *Hub) Stats() Stats {
	stats := Stats{Revision: h.changes.Load()}
	stats.countSockets(h)
	stats.Subscriptions, stats.Channels = h.topics.sizes()
	stats.Rejections, stats.Recent = h.rejections.byGate()
	return stats
}

func (stats *Stats) countSockets(h *Hub) {
	h.mu.Lock()
	defer h.mu.Unlock()
	stats.Sockets, stats.Visitors = len(h.sockets), len(h.sockets)
	stats.Users = len(h.byUser)
	stats.Connections = make(map[string]int, len(h.byUser))
	for user, sockets := range h.byUser {
		stats.Connections[user] = len(sockets)
		stats.Visitors -= len(sockets)
	}
}

// Subscribers returns the number of sockets that are subscribed to a topic.
func (h *Hub) Subscribers(topic string) int { return h.topics.size(topic) }

// sizes counts the subscribers of each topic and channel.
func (t *topics) sizes() (byTopic map[string]int, byChannel map[string]ChannelStats) {
	byTopic, byChannel = map[string]int{}, map[string]ChannelStats{}
	for name, topic := range t.all() {
		if n := topic.size(); n > 0 {
			byTopic[name] = n
			channel := byChannel[topic.channel]
			channel.Topics++
			channel.Subscriptions += n
			byChannel[topic.channel] = channel
		}
	}
	return byTopic, byChannel
}

func (t *topics) size(name string) int {
	t.mu.Lock()
	topic := t.byName[name]
	t.mu.Unlock()
	if topic == nil {
		return 0
	}
	return topic.size()
}

func (t *topics) all() map[string]*topic {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.byName)
}

func (t *topic) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.members)
}
