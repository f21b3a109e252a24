package realtime

import (
	"encoding/json"
	"net/http"
	"sync"

	"example.com/pergola/core/realtime/internal/socketio"
)

// topics holds the topics that have subscribers.
type topics struct {
	mu     sync.Mutex
	byName map[string]*topic
}

// topic is locked while a message is queued for its subscribers, so that all get
// the messages in the same order, and none after unsubscribing.
//
// Lock order: socket, topic, topics.
type topic struct {
	name    string
	channel string

	mu      sync.Mutex
	members []member        // in no order
	index   map[*socket]int // in members
	dropped bool            // no longer in topics
}

// member holds the connection in addition to the socket, so that a broadcast does
// not touch the sockets' memory.
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
		found = &topic{name: name, channel: channel, index: map[*socket]int{}}
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
	if _, already := t.index[s]; !already {
		t.index[s] = len(t.members)
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

// remove replaces the removed member with the last one.
func (t *topic) remove(s *socket) {
	at, ok := t.index[s]
	if !ok {
		return
	}
	end := len(t.members) - 1
	last := t.members[end]
	t.members[at], t.index[last.socket] = last, at
	t.members[end] = member{}
	t.members = t.members[:end]
	delete(t.index, s)
}

// send queues a frame for all subscribers of the topic. It builds the frame only if
// there are any.
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
