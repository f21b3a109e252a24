package socketio

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

const readSize = 8 << 10

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// shutPause is the pause after each read from a client that was disconnected, so that a
// client that keeps sending costs little.
const shutPause = 20 * time.Millisecond

// errLeft ends reading after a proper disconnect.
var errLeft = errors.New("the client has left")

// read is the connection's only goroutine. It holds a buffer only while there is
// something to read. It makes all calls about what the client does, including its end.
func (c *Conn) read() {
	in := input{conn: c}
	in.attempt = in.tryRead
	frames := frameReader{limit: c.server.options.MaxFrame}
	packets := assembler{most: c.server.options.Attachments, limit: c.server.options.MaxFrame}
	deliver := func(kind opcode, payload []byte) error { return c.receive(kind, payload, &packets) }
	for {
		data, err := in.next()
		if err == nil {
			err = frames.feed(data, deliver)
			in.release()
		}
		if err == nil && c.isShut() {
			time.Sleep(shutPause)
		}
		if err != nil {
			c.leave(err)
			break
		}
	}
	c.drain(&in)
	c.finish()
}

// leave starts closing the connection after err has ended reading.
func (c *Conn) leave(err error) {
	c.mu.Lock()
	var wake bool
	switch {
	case errors.Is(err, errLeft):
		wake = c.end(closeNormal, "", ReasonLeft)
	case errors.Is(err, errSilent):
		c.kill(ReasonSilent)
	case isStreamError(err):
		c.kill(ReasonLost)
	default:
		code, text := codeOf(err)
		reason := ReasonMalformed
		if code == closeTooLarge {
			reason = ReasonTooLarge
		}
		wake = c.end(code, text, reason)
	}
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
}

// streamError is an error of the network.
type streamError struct{ error }

func isStreamError(err error) bool {
	_, ok := errors.AsType[streamError](err)
	return ok
}

// drain reads and discards until the client has closed the connection, too, so that a
// reset does not discard the last frames. A client that keeps sending is read slowly.
func (c *Conn) drain(in *input) {
	for {
		_, err := in.next()
		if err != nil {
			return
		}
		in.release()
		time.Sleep(shutPause)
	}
}

// input reads from a connection.
type input struct {
	conn    *Conn
	attempt func(fd uintptr) bool // tryRead, made once
	buffer  *[readSize]byte
	n       int
	err     error
}

// next waits for bytes. The caller may use them until release.
func (in *input) next() ([]byte, error) {
	for {
		err := in.wait()
		if err == nil {
			return in.buffer[:in.n], nil
		}
		in.release()
		if !errors.Is(err, os.ErrDeadlineExceeded) || in.conn.isHungUp() {
			return nil, streamError{err}
		}
		// The deadline belongs to the heartbeat. On a busy machine, a pong may have
		// arrived that was not read yet.
		if in.look(); in.n > 0 {
			return in.buffer[:in.n], nil
		}
		in.release()
		if err := in.conn.stillSilent(); err != nil {
			return nil, err
		}
	}
}

func (in *input) wait() error {
	if in.conn.descriptor == nil {
		in.buffer = readBuffers.Get().(*[readSize]byte)
		in.n, in.err = in.conn.network.Read(in.buffer[:])
		return in.err
	}
	in.n, in.err = 0, nil
	if err := in.conn.descriptor.Read(in.attempt); err != nil {
		return err
	}
	return in.err
}

func (in *input) tryRead(fd uintptr) bool {
	in.buffer = readBuffers.Get().(*[readSize]byte)
	n, again, err := readNow(fd, in.buffer[:])
	if again {
		in.release()
		return false
	}
	if n == 0 && err == nil {
		err = io.EOF
	}
	in.n, in.err = n, err
	return true
}

// look reads what has arrived, without waiting.
func (in *input) look() {
	in.n = 0
	if in.conn.descriptor != nil {
		_ = in.conn.descriptor.Control(func(fd uintptr) { in.tryRead(fd) })
	}
}

func (in *input) release() {
	if in.buffer != nil {
		readBuffers.Put(in.buffer)
		in.buffer = nil
	}
}

// receive handles a message or a control frame.
func (c *Conn) receive(kind opcode, payload []byte, packets *assembler) error {
	if kind != opClose && c.isEnding() {
		return nil
	}
	switch kind {
	case opPing:
		c.write(controlFrame(opPong, payload))
		return c.chatter()
	case opPong:
		return c.chatter()
	case opClose:
		return errLeft
	case opBinary:
		p, complete, err := packets.binary(payload)
		if err != nil || !complete {
			return err
		}
		return c.dispatch(&p)
	default:
		return c.receiveText(payload, packets)
	}
}

func (c *Conn) receiveText(message []byte, packets *assembler) error {
	if len(message) == 0 {
		return errMalformed
	}
	switch message[0] {
	case engineMessage:
		if c.isShut() {
			return nil // the client may not know yet
		}
		p, complete, err := packets.text(message[1:])
		if err != nil || !complete {
			return err
		}
		return c.dispatch(&p)
	case enginePong:
		if c.answered() {
			return nil
		}
		return c.chatter()
	case engineClose:
		return errLeft
	case engineNoop:
		return c.chatter()
	default:
		return errMalformed
	}
}

// dispatch handles a packet. It passes CONNECT and DISCONNECT to the library. Events and
// acknowledgments go directly to the handler, because the library would queue them
// without a bound.
func (c *Conn) dispatch(p *packet) error {
	switch p.kind {
	case packetConnect:
		return c.connect(p)
	case packetDisconnect:
		if p.namespace == "/" {
			c.recordReason(ReasonLeft)
		}
		c.library.deliver(p)
		return nil
	}
	if p.namespace != "/" {
		return errUnexpected
	}
	if c.isConnecting() {
		return errUnexpected
	}
	if p.kind == packetAck || p.kind == packetBinaryAck {
		return c.acknowledge(p)
	}
	event, err := p.event()
	if err != nil {
		return err
	}
	c.server.callEvent(c, event)
	if c.pause > 0 {
		time.Sleep(c.pause)
		c.pause = 0
	}
	return nil
}

// connectGrace is the time for handling a CONNECT.
const connectGrace = 30 * time.Second

// connect passes CONNECT to the library and waits until it is handled, because the
// library can take the next packet only after it has responded.
func (c *Conn) connect(p *packet) error {
	if p.namespace != "/" {
		c.library.deliver(p) // it responds that there is no such namespace
		return c.chatter()
	}
	if !c.ask() {
		return errUnexpected
	}
	c.handled = make(chan struct{})
	c.library.deliver(p)
	timeout := time.NewTimer(connectGrace)
	defer timeout.Stop()
	select {
	case <-c.handled:
		return nil
	case <-timeout.C:
		return errors.New("the connection was not admitted in time")
	}
}

// ask reports whether this is the first CONNECT.
func (c *Conn) ask() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := !c.asked
	c.asked = true
	return first
}

// chatter limits the rate of frames that are not packets.
func (c *Conn) chatter() error {
	const perSecond, most = 10, 100
	now := time.Now()
	if passed := now.Sub(c.chattered); passed > 0 {
		c.chat = max(0, c.chat-passed.Seconds()*perSecond)
	}
	c.chattered = now
	if c.chat++; c.chat > most {
		return &wireError{closePolicy, "too many frames"}
	}
	return nil
}
