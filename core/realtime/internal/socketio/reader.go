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

// shutPause is how long the reader rests after each read from a client that was
// told to leave: one that goes on sending is not worth more.
const shutPause = 20 * time.Millisecond

// errLeft ends reading without a fault of anybody's.
var errLeft = errors.New("the client has left")

// read is the connection's one goroutine. It holds a buffer only while there
// is something to be read. All that a client does is told from here, its end
// included.
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

// leave begins the end, after what ended reading.
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

// drain reads on without looking until the client has closed the connection
// too, so that what was written last is not lost to a reset.
func (c *Conn) drain(in *input) {
	for {
		_, err := in.next()
		if err != nil {
			return
		}
		in.release()
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

// next waits for bytes, which are the caller's until release.
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
		// The deadline is the heartbeat's, and an answer may be there and not
		// be read yet, on a machine that has much to do.
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

// look reads what is there.
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

// receive deals with a message or a control frame.
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
			return nil // it does not know yet
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

// dispatch does what a packet asks for. Connecting and disconnecting is the
// library's; events and acknowledgements go to the handler from here, because
// the library would queue them without a bound.
func (c *Conn) dispatch(p *packet) error {
	switch p.kind {
	case packetConnect:
		return c.connect(p)
	case packetDisconnect:
		if p.namespace == "/" {
			c.fromHereOn(ReasonLeft)
		}
		c.library.tell(p)
		return nil
	}
	if p.namespace != "/" {
		return errUnexpected
	}
	if c.isConnecting() {
		return errUnexpected
	}
	if p.kind == packetAck || p.kind == packetBinaryAck {
		return c.answerTo(p)
	}
	event, err := p.event()
	if err != nil {
		return err
	}
	c.server.tellEvent(c, event)
	if c.pause > 0 {
		time.Sleep(c.pause)
		c.pause = 0
	}
	return nil
}

// connectGrace is how much longer than the library waits for CONNECT it may
// take to deal with one.
const connectGrace = 30 * time.Second

// connect hands CONNECT to the library and waits until it is dealt with: the
// library's answer goes out before it can take the next packet.
func (c *Conn) connect(p *packet) error {
	if p.namespace != "/" {
		c.library.tell(p) // which answers that there is no such namespace
		return c.chatter()
	}
	if c.asked {
		return errUnexpected
	}
	c.asked = true
	c.dealtWith = make(chan struct{})
	c.library.tell(p)
	timeout := time.NewTimer(connectGrace)
	defer timeout.Stop()
	select {
	case <-c.dealtWith:
		return nil
	case <-timeout.C:
		return errors.New("the connection was not let in in time")
	}
}

// chatter counts what a client sends beside packets: it may do so now and then.
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
