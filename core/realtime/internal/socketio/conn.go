package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/zishang520/socket.io/servers/socket/v3"
)

// Reason is why a connection ended.
type Reason string

// All reasons, in words for a log and a metric.
const (
	ReasonLeft      Reason = "left"      // the client said good-bye
	ReasonLost      Reason = "lost"      // the network broke, or the client went without a word
	ReasonShut      Reason = "shut"      // Shut was called, or the server closes
	ReasonRejected  Reason = "rejected"  // it was not let in, or did not ask in time
	ReasonSilent    Reason = "silent"    // a ping was not answered
	ReasonSlow      Reason = "slow"      // it does not read, or too slowly: too much waits for it, or a write took too long
	ReasonMalformed Reason = "malformed" // what it sent makes no sense
	ReasonTooLarge  Reason = "too_large" // it sent a message beyond the limit
)

// Reasons are all reasons.
func Reasons() []Reason {
	return []Reason{ReasonLeft, ReasonLost, ReasonShut, ReasonRejected, ReasonSilent, ReasonSlow, ReasonMalformed, ReasonTooLarge}
}

// Conn is one connection, from its handshake to its end.
type Conn struct {
	Owner any // what the Handler makes of it in Connect

	server     *Server
	release    func()
	id         string
	client     *socket.Socket
	library    session
	network    net.Conn
	descriptor syscall.RawConn // nil if there is none

	// The reader's own.
	request   *http.Request // until Connect has returned
	began     time.Time
	asked     bool          // for CONNECT
	dealtWith chan struct{} // closed when CONNECT was dealt with
	pause     time.Duration // before the next message is read
	chat      float64
	chattered time.Time

	mu       sync.Mutex
	state    state
	last     *Frame // of a Shut that came before the client knew that it is in
	letIn    bool   // Connect has let it in
	over     bool   // Closed was called or need not be
	out      outbox
	heart    heartbeat
	cutting  *time.Timer
	asks     map[uint64]chan answer
	nextAsk  uint64
	reason   Reason
	hungUp   bool
	dead     bool // nothing can be written any more
	finished bool // nothing will be read any more
}

type state byte

const (
	connecting state = iota
	open
	shut
)

// ID is the client's id for this connection, which the client knows too.
func (c *Conn) ID() string { return c.id }

// Request is the request that opened the connection, while Connect decides
// about it, and nil afterwards. Its context never ends and carries nothing.
func (c *Conn) Request() *http.Request { return c.request }

// Send queues a frame. Frames arrive in the order in which they were sent; one
// to a connection that is shut or gone is dropped. A client for which too much
// waits is cut off.
func (c *Conn) Send(f Frame) {
	c.mu.Lock()
	wake := c.state == open && c.put(f)
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
}

// Ack answers an event of this connection. The argument is JSON.
func (c *Conn) Ack(e Event, arg json.RawMessage) { c.Answer(e, nil, arg) }

// Answer answers an event with any number of arguments, and attachments as
// NewBinaryEvent takes them.
func (c *Conn) Answer(e Event, attachments [][]byte, args ...json.RawMessage) {
	if e.WantsAck() {
		c.Send(newAck(e.id, attachments, args))
	}
}

// Pause makes the server read nothing more from this client for a moment, so
// that one that sends too much has to wait. It is for Handler.Event.
func (c *Conn) Pause(d time.Duration) { c.pause = d }

type answer struct {
	args []json.RawMessage
	err  error
}

// ErrGone is the error of an Ask of a connection that has ended.
var ErrGone = errors.New("the connection has ended")

// Ask sends an event and waits for the client's acknowledgement, until ctx
// ends. It must not be called from Handler.Event, which the answer comes after.
func (c *Conn) Ask(ctx context.Context, name string, args ...json.RawMessage) ([]json.RawMessage, error) {
	got := make(chan answer, 1)
	c.mu.Lock()
	if c.state != open {
		c.mu.Unlock()
		return nil, ErrGone
	}
	id := c.nextAsk
	c.nextAsk++
	if c.asks == nil {
		c.asks = map[uint64]chan answer{}
	}
	c.asks[id] = got
	wake := c.put(newPacket("42", strconv.FormatUint(id, 10), name, args))
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
	select {
	case a := <-got:
		return a.args, a.err
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.asks, id)
		return nil, ctx.Err()
	}
}

// answerTo takes a client's acknowledgement. One that nobody waits for, any
// more or ever, is nothing.
func (c *Conn) answerTo(p *packet) error {
	id, err := strconv.ParseUint(p.id, 10, 64)
	if err != nil {
		return errMalformed
	}
	c.mu.Lock()
	got := c.asks[id]
	delete(c.asks, id)
	c.mu.Unlock()
	if got == nil {
		return c.chatter()
	}
	got <- answer{args: p.args}
	return nil
}

// Shut sends a last frame and tells the client that it is out, which official
// clients see as "io server disconnect" and do not answer by coming back by
// themselves. A client that does not close the connection then is cut off.
func (c *Conn) Shut(last Frame) {
	c.mu.Lock()
	before := c.state
	c.state = shut
	c.because(ReasonShut)
	var wake bool
	switch before {
	case connecting:
		c.last = &last
	case open:
		wake = c.put(last)
	}
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
	if before == open {
		c.client.Disconnect(false)
	}
}

// because keeps the first reason. The Conn must be locked.
func (c *Conn) because(reason Reason) {
	if c.reason == "" {
		c.reason = reason
	}
}

// start takes the network connection over, and begins to read.
func (c *Conn) start(network net.Conn, opening Frame) {
	c.mu.Lock()
	c.network, c.descriptor = network, descriptorOf(network)
	wake := c.put(opening)
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
	c.beat()
	c.server.tellLibrary(&c.library)
	go c.read()
}

// admit is told that Connect has let the client in.
func (c *Conn) admit() {
	c.mu.Lock()
	c.letIn = true
	late := c.over
	c.mu.Unlock()
	if late {
		c.server.tellClosed(c)
	}
}

func (c *Conn) isLetIn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.letIn
}

// opened is told that the client was told that it is in.
func (c *Conn) opened() {
	c.mu.Lock()
	if c.state == connecting {
		c.state = open
		c.mu.Unlock()
		c.server.counts.handshakes.Since(c.began)
		return
	}
	var wake bool
	if c.last != nil {
		wake = c.put(*c.last)
	}
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
	c.client.Disconnect(false)
}

// fromHereOn is because for whoever does not hold the lock.
func (c *Conn) fromHereOn(reason Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.because(reason)
}

// rejected is told that the client was told that it is not let in.
func (c *Conn) rejected() {
	c.fromHereOn(ReasonRejected)
	c.cutLater()
}

// disconnected is told that the client is out, by itself or by Shut. It may
// stay connected for a moment, to close the connection itself.
func (c *Conn) disconnected() {
	c.fromHereOn(ReasonLeft)
	c.leaveHandler()
	c.cutLater()
}

// leaveHandler tells the Handler, once, that the client is out.
func (c *Conn) leaveHandler() {
	c.mu.Lock()
	c.state = shut
	tell := c.letIn && !c.over
	c.over = true
	asks := c.asks
	c.asks = nil
	c.mu.Unlock()
	for _, got := range asks {
		got <- answer{err: ErrGone}
	}
	if tell {
		c.server.tellClosed(c)
	}
}

// cutLater gives the client time to close the connection itself: it does when
// it has read that it is out.
func (c *Conn) cutLater() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.finished && c.cutting == nil {
		c.cutting = time.AfterFunc(c.server.options.CloseGrace, func() { c.part(closeNormal, ReasonShut) })
	}
}

// part writes what waits, says good-bye and closes, with or without the client.
func (c *Conn) part(code int, reason Reason) {
	c.mu.Lock()
	var wake bool
	switch {
	case c.network == nil: // whoever takes it over looks whether the server is closed
	case c.out.state == outboxStalled:
		c.kill(reason) // it would not read that either
	default:
		wake = c.end(code, "", reason)
	}
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
}

func (c *Conn) isShut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == shut
}

func (c *Conn) isConnecting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == connecting
}

func (c *Conn) isEnding() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead || c.out.ending
}

func (c *Conn) isHungUp() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hungUp
}

// finish is the end of the connection: the reader's last act.
func (c *Conn) finish() {
	c.mu.Lock()
	c.kill(ReasonLost)
	c.finished = true
	c.heart.timer.Stop()
	if c.cutting != nil {
		c.cutting.Stop()
	}
	reason := c.reason
	c.mu.Unlock()
	_ = c.network.Close()
	c.library.Emit("close", string(reason))
	c.leaveHandler()
	if c.client != nil {
		c.client.Nsp().Remove(c.client) // the library forgets some that end while they connect
	}
	c.library.Clear()
	c.server.remove(c, reason)
	c.release()
}
