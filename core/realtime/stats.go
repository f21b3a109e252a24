package realtime

import "maps"

// Stats are what a hub knows at one moment. Sockets of this process alone are
// counted.
type Stats struct {
	Sockets     int            // connected
	Visitors    int            // of these, without a user: nobody can tell how many people they are
	Users       int            // signed in, with a socket or more
	Connections map[string]int // the sockets of each of these users, by user id

	Subscriptions map[string]int          // topics that somebody hears, each with how many
	Channels      map[string]ChannelStats // the channels of these topics, by name

	Revision uint64 // greater after every change of what is here

	Rejections map[string]int // since the start, by gate
	Recent     []Rejected     // the latest of each gate, newest first
}

// ChannelStats are how much one channel is heard.
type ChannelStats struct {
	Topics        int // that somebody hears; 1 for a channel without parameters
	Subscriptions int
}

// Stats counts sockets and subscriptions, and lists what was rejected lately. It
// holds up no broadcast, and costs as much as there are users and topics: a
// page may ask once a second, a request of many not at all.
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

// Subscribers is how many sockets hear a topic.
func (h *Hub) Subscribers(topic string) int { return h.topics.size(topic) }

// sizes is how many hear each topic and each channel.
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
