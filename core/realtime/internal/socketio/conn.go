package socketio

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// Conn is a client that was let in.
type Conn struct {
	Owner any // what the Handler makes of it in Connect

	link   *link
	socket *socket.Socket
	id     string

	mu    sync.Mutex
	state state
	last  *Frame // of a Shut that came before the client knew that it is in
}

type state byte

const (
	connecting state = iota
	open
	shut
)

// ID is the client's id for this connection, which the client knows too.
func (c *Conn) ID() string { return c.id }

// Request is the request that opened the connection. Its context never ends
// and carries nothing.
func (c *Conn) Request() *http.Request { return c.link.request }

// Send queues a frame. Frames arrive in the order in which they were sent; one
// to a connection that is shut or gone is dropped.
func (c *Conn) Send(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == open {
		c.write(f)
	}
}

// Shut sends a last frame and tells the client that it is out, which official
// clients see as "io server disconnect" and do not answer by coming back by
// themselves. A client that does not close the connection then is cut off.
func (c *Conn) Shut(last Frame) {
	c.mu.Lock()
	before := c.state
	c.state = shut
	switch before {
	case connecting:
		c.last = &last
	case open:
		c.write(last)
	}
	c.mu.Unlock()
	if before == open {
		c.socket.Disconnect(false)
	}
}

func (c *Conn) opened() {
	c.mu.Lock()
	if c.state == connecting {
		c.state = open
		c.mu.Unlock()
		return
	}
	if c.last != nil {
		c.write(*c.last)
	}
	c.mu.Unlock()
	c.socket.Disconnect(false)
}

func (c *Conn) closed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = shut
}

func (c *Conn) write(f Frame) {
	c.socket.Client().WriteToEngine([]types.BufferInterface{f.packet}, &socket.WriteOptions{})
}

// Frame is one packet as it goes over the wire, encoded once for all who get
// it.
type Frame struct{ packet types.BufferInterface }

// NewEvent makes the frame of an event. The arguments are JSON.
func NewEvent(name string, args ...json.RawMessage) Frame {
	size := len(name) + 8
	for _, arg := range args {
		size += len(arg) + 1
	}
	quoted, _ := json.Marshal(name) // a string always can
	packet := append(make([]byte, 0, size), "2["...)
	packet = append(packet, quoted...)
	for _, arg := range args {
		packet = append(append(packet, ','), arg...)
	}
	return Frame{types.NewStringBuffer(append(packet, ']'))}
}

func newAck(id string, arg json.RawMessage) Frame {
	packet := make([]byte, 0, len(id)+len(arg)+3)
	packet = append(append(packet, '3'), id...)
	packet = append(append(packet, '['), arg...)
	return Frame{types.NewStringBuffer(append(packet, ']'))}
}

// Event is what a client says.
type Event struct {
	Name string
	Args []json.RawMessage // each valid JSON

	id string // of the acknowledgement that the client wants
}

// WantsAck reports whether the client waits for an answer.
func (e Event) WantsAck() bool { return e.id != "" }

// Ack answers an event of this connection. The argument is JSON.
func (c *Conn) Ack(e Event, arg json.RawMessage) {
	if e.WantsAck() {
		c.Send(newAck(e.id, arg))
	}
}
