package socketio

import (
	"bytes"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// outbox is what waits to be written to a connection: frames in the order in
// which they were put in, and never more than the limit. Whoever puts a frame
// in does not write it: the server's writers do, many frames at a time. The
// Conn's mutex guards it.
type outbox struct {
	first  Frame    // none if it has no bytes
	more   *[]Frame // after it; nil for none, because mostly there are none
	bytes  int      // of these, and of those that are being written
	state  outboxState
	ending bool // no frames any more; when all are written the connection is closed
}

type outboxState byte

const (
	outboxIdle    outboxState = iota // nothing to write
	outboxWaiting                    // for a writer
	outboxBusy                       // a writer is at it
	outboxStalled                    // the client reads too slowly: a goroutine of its own waits for it
)

// put adds a frame. The Conn must be locked; wake reports that writers must be
// told when it is not any more.
func (c *Conn) put(f Frame) (wake bool) {
	out := &c.out
	if c.dead || out.ending {
		return false
	}
	if out.bytes+f.size() > c.server.options.MaxQueued && out.bytes > 0 {
		c.kill(ReasonSlow)
		return false
	}
	switch {
	case len(out.first.data) == 0:
		out.first = f
	case out.more == nil:
		out.more = frameSlices.Get().(*[]Frame)
		fallthrough
	default:
		*out.more = append(*out.more, f)
	}
	out.bytes += f.size()
	if out.state != outboxIdle {
		return false
	}
	out.state = outboxWaiting
	return true
}

// write puts a frame in and wakes a writer.
func (c *Conn) write(f Frame) {
	c.mu.Lock()
	wake := c.put(f)
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
}

// take moves all frames to the end of taken, and forgets them.
func (out *outbox) take(taken []Frame) []Frame {
	if len(out.first.data) == 0 {
		return taken
	}
	taken = append(taken, out.first)
	if out.more != nil {
		taken = append(taken, *out.more...)
	}
	out.forget()
	return taken
}

func (out *outbox) forget() {
	const most = 256 // what a client that had fallen behind had waiting is not kept
	if more := out.more; more != nil && cap(*more) <= most {
		clear(*more)
		*more = (*more)[:0]
		frameSlices.Put(more)
	}
	out.first, out.more = Frame{}, nil
}

// Slices of frames go round.
var frameSlices = sync.Pool{New: func() any { return new([]Frame) }}

// writers write to the connections that have something to be written. They
// live only while there are any.
type writers struct {
	most   int // at a time
	counts *counts

	mu      sync.Mutex
	waiting []*Conn
	next    int // in waiting
	running int
}

func (w *writers) add(c *Conn) {
	w.mu.Lock()
	w.waiting = append(w.waiting, c)
	begin := w.running < w.most
	if begin {
		w.running++
	}
	w.mu.Unlock()
	if begin {
		go w.work()
	}
}

// take is the next few connections; none ends the writer.
func (w *writers) take(batch []*Conn) []*Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := copy(batch[:cap(batch)], w.waiting[w.next:])
	clear(w.waiting[w.next : w.next+n])
	w.next += n
	if w.next == len(w.waiting) {
		w.waiting, w.next = w.waiting[:0], 0
	} else if w.next >= 4096 {
		rest := copy(w.waiting, w.waiting[w.next:])
		clear(w.waiting[rest:])
		w.waiting, w.next = w.waiting[:rest], 0
	}
	if n == 0 {
		w.running--
		if cap(w.waiting) > 1<<16 {
			w.waiting = nil
		}
	}
	return batch[:n]
}

func (w *writers) work() {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	var space [16]*Conn
	for batch := w.take(space[:0]); len(batch) > 0; batch = w.take(space[:0]) {
		for i, c := range batch {
			c.flush(p)
			batch[i] = nil
		}
		w.counts.framesOut.Add(p.frames)
		w.counts.bytesOut.Add(p.bytes)
		p.frames, p.bytes = 0, 0
	}
}

// joined is how many bytes of frames go out in one write.
const joined = 32 << 10

// pen writes to one connection after the other without blocking. Frames that
// wait together go out in one write.
type pen struct {
	taken   []Frame // what is being written
	buffer  []byte
	frames  int64                 // written, and not counted yet
	bytes   int64                 // of these
	attempt func(fd uintptr) bool // made once: writes what, says what came of it
	what    []byte
	written int
	err     error
}

var pens = sync.Pool{New: func() any {
	p := &pen{buffer: make([]byte, 0, joined)}
	p.attempt = func(fd uintptr) bool {
		p.written, p.err = writeNow(fd, p.what)
		return true
	}
	return p
}}

func (p *pen) write(to syscall.RawConn, what []byte) (int, error) {
	p.what, p.written, p.err = what, 0, nil
	err := to.Write(p.attempt)
	p.what = nil
	if err == nil {
		err = p.err
	}
	return p.written, err
}

// join takes frames for one write: a large one by itself, small ones together.
func (p *pen) join(frames []Frame) (what []byte, n int) {
	if len(frames) == 1 || len(frames[0].data) > joined/2 {
		return frames[0].data, 1
	}
	what = p.buffer[:0]
	for n < len(frames) && len(what)+len(frames[n].data) <= joined {
		what = append(what, frames[n].data...)
		n++
	}
	return what, n
}

// mostRounds is how often a writer looks for more on one connection before it
// turns to the others.
const mostRounds = 4

// flush writes what waits for one connection, as far as it goes without
// waiting.
func (c *Conn) flush(p *pen) {
	written := 0
	for range mostRounds {
		if !c.next(p, written) {
			return
		}
		if c.descriptor == nil {
			go c.flushSlowly(slices.Clone(p.taken), nil)
			return
		}
		var ok bool
		if written, ok = c.writeTaken(p); !ok {
			return
		}
	}
	c.mu.Lock()
	c.out.bytes -= written
	c.out.state = outboxWaiting
	c.mu.Unlock()
	c.server.writers.add(c)
}

// next gives the pen what waits; false if there is nothing left to do. What
// was written before, in bytes of the outbox, makes room.
func (c *Conn) next(p *pen, written int) bool {
	clear(p.taken)
	p.taken = p.taken[:0]
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return false
	}
	c.out.bytes -= written
	p.taken = c.out.take(p.taken)
	if len(p.taken) == 0 {
		c.out.state = outboxIdle
		if c.out.ending {
			c.hangUp()
		}
		return false
	}
	c.out.state = outboxBusy
	return true
}

// writeTaken writes what the pen has. If the client does not take all at once,
// a goroutine of its own writes the rest, and ok is false.
func (c *Conn) writeTaken(p *pen) (size int, ok bool) {
	for at := 0; at < len(p.taken); {
		what, n := p.join(p.taken[at:])
		written, err := p.write(c.descriptor, what)
		if err != nil {
			c.fail(ReasonLost)
			return size, false
		}
		for _, f := range p.taken[at : at+n] {
			size += f.size()
		}
		at += n
		p.frames += int64(n)
		p.bytes += int64(written)
		if written < len(what) {
			rest := bytes.Clone(what[written:])
			c.mu.Lock()
			c.out.bytes += len(rest) - size // what is left of a frame is still within the limit
			c.mu.Unlock()
			go c.flushSlowly(slices.Clone(p.taken[at:]), rest)
			return size, false
		}
	}
	return size, true
}

// flushSlowly writes to a client that does not keep up, and waits for it: the
// rest of a frame, and the frames after it.
func (c *Conn) flushSlowly(frames []Frame, rest []byte) {
	c.stall()
	if !c.writeSlowly(rest) {
		return
	}
	p := &pen{taken: frames}
	for written := len(rest); ; {
		for _, f := range p.taken {
			if !c.writeSlowly(f.data) {
				return
			}
			written += f.size()
			c.server.counts.framesOut.Add(1)
		}
		if !c.next(p, written) {
			return
		}
		c.stall()
		written = 0
	}
}

// stall tells that the client is waited for. Where every write waits nobody
// can tell.
func (c *Conn) stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.descriptor != nil {
		c.out.state = outboxStalled
	}
}

// writeSlowly writes within the time that a write may take.
func (c *Conn) writeSlowly(what []byte) bool {
	for len(what) > 0 {
		part := what[:min(len(what), joined)]
		_ = c.network.SetWriteDeadline(time.Now().Add(c.server.options.WriteTimeout))
		n, err := c.network.Write(part)
		c.server.counts.bytesOut.Add(int64(n))
		if err != nil {
			reason := ReasonLost
			if errors.Is(err, os.ErrDeadlineExceeded) {
				reason = ReasonSlow
			}
			c.fail(reason)
			return false
		}
		what = what[n:]
	}
	return true
}

func (c *Conn) fail(reason Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kill(reason)
}

// kill ends the connection at once, and drops what waits. The Conn must be
// locked. The reader, which the closing wakes, tells everybody.
func (c *Conn) kill(reason Reason) {
	if c.dead {
		return
	}
	c.dead = true
	if c.reason == "" {
		c.reason = reason
	}
	c.out.forget()
	network := c.network
	if network == nil {
		return // not taken over yet: whoever does will see
	}
	go func() { // closing may have to wait for a writer
		if tcp, ok := network.(*net.TCPConn); ok && reason == ReasonSlow {
			_ = tcp.SetLinger(0) // nor does the system keep what it does not read
		}
		_ = network.Close()
	}()
}

// end writes what waits, says good-bye and closes. The Conn must be locked;
// wake is as for put.
func (c *Conn) end(code int, text string, reason Reason) (wake bool) {
	if c.dead || c.out.ending {
		return false
	}
	if c.reason == "" {
		c.reason = reason
	}
	wake = c.put(closeFrame(code, text))
	c.out.ending = true
	return wake
}

// hangUp closes the way out, and gives the client a moment to do the same. The
// Conn must be locked.
func (c *Conn) hangUp() {
	if half, ok := c.network.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	c.hungUp = true
	_ = c.network.SetReadDeadline(time.Now().Add(c.server.options.HangUpGrace))
}
