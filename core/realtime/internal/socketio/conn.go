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

// The reasons, as used in logs and metrics.
const (
	ReasonLeft      Reason = "left"      // the client disconnected
	ReasonLost      Reason = "lost"      // the network failed, or the client went away without disconnecting
	ReasonShut      Reason = "shut"      // Shut was called, or the server closed
	ReasonRejected  Reason = "rejected"  // it was not admitted, or did not send CONNECT in time
	ReasonSilent    Reason = "silent"    // it did not respond to a ping
	ReasonSlow      Reason = "slow"      // it reads too slowly: its outbox is full, or a write timed out
	ReasonMalformed Reason = "malformed" // it sent an invalid frame or packet
	ReasonTooLarge  Reason = "too_large" // it sent a message larger than the limit
)

// Reasons returns all reasons.
func Reasons() []Reason {
	return []Reason{ReasonLeft, ReasonLost, ReasonShut, ReasonRejected, ReasonSilent, ReasonSlow, ReasonMalformed, ReasonTooLarge}
}

// Conn is one connection, from its handshake to its end.
type Conn struct {
	Owner any // set by the Handler in Connect

	server     *Server
	release    func()
	id         string
	client     *socket.Socket
	library    session
	network    net.Conn
	descriptor syscall.RawConn // nil if there is none

	// Used only by the reader.
	request   *http.Request // until Connect has returned
	began     time.Time
	handled   chan struct{} // closed when CONNECT was handled
	pause     time.Duration // before the next message is read
	chat      float64
	chattered time.Time

	mu       sync.Mutex
	state    state
	asked    bool   // CONNECT was received
	last     *Frame // of a Shut before the client was notified of its admission
	admitted bool   // Connect has admitted it
	over     bool   // Closed was called, or need not be
	out      outbox
	heart    heartbeat
	cutting  *time.Timer
	asks     map[uint64]chan answer
	nextAsk  uint64
	reason   Reason
	hungUp   bool
	dead     bool // nothing can be written anymore
	finished bool // nothing will be read anymore
}

type state byte

const (
	connecting state = iota
	open
	shut
)

// ID returns the id of this connection, which the client knows, too.
func (c *Conn) ID() string { return c.id }

// Request returns the request that opened the connection during Connect, and nil
// afterwards. Its context is empty and never ends.
func (c *Conn) Request() *http.Request { return c.request }

// Send queues a frame. Frames arrive in the order in which they were sent. Frames to a
// connection that is shut or has ended are dropped. A client whose outbox is full is
// disconnected.
func (c *Conn) Send(f Frame) {
	c.mu.Lock()
	if c.state == open {
		c.makeRoom(f)
	}
	wake := c.state == open && c.put(f)
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
}

// Ack acknowledges an event of this connection. The argument is JSON.
func (c *Conn) Ack(e Event, arg json.RawMessage) { c.Answer(e, nil, arg) }

// Answer acknowledges an event with any number of arguments, and with attachments as
// in NewBinaryEvent.
func (c *Conn) Answer(e Event, attachments [][]byte, args ...json.RawMessage) {
	if e.WantsAck() {
		c.Send(newAck(e.id, attachments, args))
	}
}

// Pause stops reading from this client for a moment, to slow down a client that sends
// too much. Call it only from Handler.Event.
func (c *Conn) Pause(d time.Duration) { c.pause = d }

type answer struct {
	args []json.RawMessage
	err  error
}

// ErrGone is the error of an Ask of a connection that has ended.
var ErrGone = errors.New("the connection has ended")

// Ask sends an event and waits for the client's acknowledgment until ctx ends. Do not
// call it from Handler.Event, because the acknowledgment is read only afterwards.
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

// acknowledge handles a client's acknowledgment. It ignores one that no Ask waits for.
func (c *Conn) acknowledge(p *packet) error {
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

// Shut sends a last frame and disconnects the client. Official clients report it as
// "io server disconnect" and do not reconnect by themselves. If a client does not
// close the connection, the server does.
func (c *Conn) Shut(last Frame) {
	c.mu.Lock()
	before := c.state
	c.state = shut
	c.setReason(ReasonShut)
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

// setReason records the reason, unless there is one. The Conn must be locked.
func (c *Conn) setReason(reason Reason) {
	if c.reason == "" {
		c.reason = reason
	}
}

// start takes over the network connection and starts reading.
func (c *Conn) start(network net.Conn, opening Frame) {
	c.mu.Lock()
	c.network, c.descriptor = network, descriptorOf(network)
	wake := c.put(opening)
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
	c.beat()
	c.server.register(&c.library)
	go c.read()
}

// admit is called after Connect has admitted the client.
func (c *Conn) admit() {
	c.mu.Lock()
	c.admitted = true
	late := c.over
	c.mu.Unlock()
	if late {
		c.server.callClosed(c)
	}
}

func (c *Conn) isAdmitted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.admitted
}

// opened is called after the client was notified of its admission.
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

// recordReason is setReason for callers that do not hold the lock.
func (c *Conn) recordReason(reason Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setReason(reason)
}

// rejected is called after the client was notified of its rejection.
func (c *Conn) rejected() {
	c.recordReason(ReasonRejected)
	c.closeLater()
}

// disconnected is called when the client has disconnected or was disconnected by Shut.
// The client gets a moment to close the connection itself.
func (c *Conn) disconnected() {
	c.recordReason(ReasonLeft)
	c.notifyHandler()
	c.closeLater()
}

// notifyHandler notifies the Handler once that the connection has ended.
func (c *Conn) notifyHandler() {
	c.mu.Lock()
	c.state = shut
	notify := c.admitted && !c.over
	c.over = true
	asks := c.asks
	c.asks = nil
	c.mu.Unlock()
	for _, got := range asks {
		got <- answer{err: ErrGone}
	}
	if notify {
		c.server.callClosed(c)
	}
}

// closeLater gives the client time to close the connection itself, which it does after
// reading the disconnect packet.
func (c *Conn) closeLater() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.finished && c.cutting == nil {
		c.cutting = time.AfterFunc(c.server.options.CloseGrace, func() { c.closeAfterFlush(closeNormal, "", ReasonShut) })
	}
}

// expireConnect closes a connection that has not sent CONNECT in time. Where CONNECT was
// received, the Handler decides, and may take longer.
func (c *Conn) expireConnect() {
	c.mu.Lock()
	deciding := c.asked && c.state == connecting
	c.mu.Unlock()
	if !deciding {
		c.closeAfterFlush(closePolicy, "no valid CONNECT packet in time", ReasonRejected)
	}
}

// closeAfterFlush writes the pending frames and a close frame, and closes the connection.
func (c *Conn) closeAfterFlush(code int, text string, reason Reason) {
	c.mu.Lock()
	var wake bool
	switch {
	case c.network == nil: // ServeHTTP checks whether the server is closed after start
	case c.out.state == outboxStalled:
		c.kill(reason) // it would not read the close frame either
	default:
		wake = c.end(code, text, reason)
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

// finish ends the connection. It is the last thing that the reader does.
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
	c.notifyHandler()
	if c.client != nil {
		c.client.Nsp().Remove(c.client) // the library keeps some that end while connecting
	}
	c.library.Clear()
	c.server.remove(c, reason)
	c.release()
}
