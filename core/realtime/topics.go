package realtime

import (
	"encoding/json"
	"net/http"
	"sync"

	"example.com/pergola/core/realtime/internal/socketio"
)

// topics are the topics that somebody hears, each with its sockets.
type topics struct {
	mu     sync.Mutex
	byName map[string]*topic
}

// topic is locked while a message goes out, which only queues it. So everybody
// hears the messages of a topic in the same order, and whoever has left hears
// none.
//
// A topic's lock may be taken by who holds a socket's, and topics.mu by who
// holds a topic's; never the other way round.
type topic struct {
	name    string
	channel string

	mu      sync.Mutex
	members []member        // in no order
	places  map[*socket]int // in members
	dropped bool            // no longer in topics
}

// member has its connection beside it, so that a broadcast looks at no socket:
// it costs what the transport costs, however many they are.
type member struct {
	socket *socket
	conn   connection
}

func (t *topics) join(name, channel string, s *socket) *topic {
	for {
		topic := t.get(name, channel)
		if topic.add(s) {
			return topic
		}
	}
}

func (t *topics) get(name, channel string) *topic {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.byName[name]
	if found == nil {
		found = &topic{name: name, channel: channel, places: map[*socket]int{}}
		t.byName[name] = found
	}
	return found
}

func (t *topic) add(s *socket) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dropped {
		return false
	}
	if _, already := t.places[s]; !already {
		t.places[s] = len(t.members)
		t.members = append(t.members, member{s, s.conn})
	}
	return true
}

func (t *topics) leave(topic *topic, s *socket) {
	topic.mu.Lock()
	defer topic.mu.Unlock()
	topic.remove(s)
	if len(topic.members) > 0 || topic.dropped {
		return
	}
	topic.dropped = true
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byName, topic.name)
}

// remove puts the last member into the place of the one that leaves.
func (t *topic) remove(s *socket) {
	at, ok := t.places[s]
	if !ok {
		return
	}
	end := len(t.members) - 1
	last := t.members[end]
	t.members[at], t.places[last.socket] = last, at
	t.members[end] = member{}
	t.members = t.members[:end]
	delete(t.places, s)
}

// send queues what frame makes for everybody who hears the topic. Nothing is
// made for a topic that nobody hears.
func (t *topics) send(name string, frame func() socketio.Frame) {
	t.mu.Lock()
	topic := t.byName[name]
	t.mu.Unlock()
	if topic == nil {
		return
	}
	topic.mu.Lock()
	defer topic.mu.Unlock()
	if len(topic.members) == 0 {
		return
	}
	f := frame()
	for _, member := range topic.members {
		member.conn.Send(f)
	}
}

// connection is what a socket needs of its transport.
type connection interface {
	ID() string
	Request() *http.Request
	Send(socketio.Frame)
	Ack(socketio.Event, json.RawMessage)
	Shut(last socketio.Frame)
}
