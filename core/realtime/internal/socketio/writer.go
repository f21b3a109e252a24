package socketio

import (
	"bytes"
	"errors"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// outbox holds the frames to write to a connection, in order and within the limit. The
// server's writers write them, many frames at a time; put never writes. The Conn's mutex
// guards it.
type outbox struct {
	first  Frame    // empty if there is none
	more   *[]Frame // the frames after it; usually nil
	bytes  int      // of these frames, and of those that are being written
	state  outboxState
	ending bool // no more frames; the connection is closed after the last
}

type outboxState byte

const (
	outboxIdle    outboxState = iota // nothing to write
	outboxWaiting                    // waiting for a writer
	outboxBusy                       // a writer is writing
	outboxStalled                    // the client reads too slowly; a separate goroutine waits for it
)

// put adds a frame. The Conn must be locked. If wake is true, the caller must add the
// Conn to the writers after unlocking it.
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

// write adds a frame and wakes a writer.
func (c *Conn) write(f Frame) {
	c.mu.Lock()
	c.makeRoom(f)
	wake := c.put(f)
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
}

// catchUps is how often makeRoom waits for a writer.
const catchUps = 100

// makeRoom empties an outbox that is full because its writer has not run yet, not
// because the client is slow: on one processor, a burst can fill it before another
// goroutine runs. The Conn must be locked; makeRoom unlocks it while it waits.
func (c *Conn) makeRoom(f Frame) {
	for range catchUps {
		state := c.out.state
		if c.out.bytes+f.size() <= c.server.options.MaxQueued || state == outboxStalled || c.dead {
			return
		}
		c.mu.Unlock()
		if state == outboxWaiting {
			c.server.writers.flush(c)
		} else {
			runtime.Gosched()
		}
		c.mu.Lock()
	}
}

// take appends all frames to taken and empties the outbox.
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
	const most = 256 // do not keep the large slices of slow clients
	if more := out.more; more != nil && cap(*more) <= most {
		clear(*more)
		*more = (*more)[:0]
		frameSlices.Put(more)
	}
	out.first, out.more = Frame{}, nil
}

// frameSlices reuses slices of frames.
var frameSlices = sync.Pool{New: func() any { return new([]Frame) }}

// writers are goroutines that write to the connections with pending frames. They run
// only while there are such connections.
type writers struct {
	most   int // maximum number of goroutines
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

// take returns the next few connections. If there are none, the writer must end.
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
	p := batchWriters.Get().(*batchWriter)
	defer batchWriters.Put(p)
	var space [16]*Conn
	for batch := w.take(space[:0]); len(batch) > 0; batch = w.take(space[:0]) {
		for i, c := range batch {
			c.flush(p)
			batch[i] = nil
		}
		w.count(p)
	}
}

// flush writes the pending frames of a connection now.
func (w *writers) flush(c *Conn) {
	p := batchWriters.Get().(*batchWriter)
	defer batchWriters.Put(p)
	c.flush(p)
	w.count(p)
}

func (w *writers) count(p *batchWriter) {
	w.counts.framesOut.Add(p.frames)
	w.counts.bytesOut.Add(p.bytes)
	p.frames, p.bytes = 0, 0
}

// maxWrite is the maximum number of bytes in one write.
const maxWrite = 32 << 10

// batchWriter writes to one connection after another without blocking. It combines
// pending frames into one write.
type batchWriter struct {
	taken   []Frame // the frames being written
	buffer  []byte
	frames  int64                 // written, but not counted yet
	bytes   int64                 // of these frames
	attempt func(fd uintptr) bool // made once; writes what, and sets written and err
	what    []byte
	written int
	err     error
}

var batchWriters = sync.Pool{New: func() any {
	p := &batchWriter{buffer: make([]byte, 0, maxWrite)}
	p.attempt = func(fd uintptr) bool {
		p.written, p.err = writeNow(fd, p.what)
		return true
	}
	return p
}}

func (p *batchWriter) write(to syscall.RawConn, what []byte) (int, error) {
	p.what, p.written, p.err = what, 0, nil
	err := to.Write(p.attempt)
	p.what = nil
	if err == nil {
		err = p.err
	}
	return p.written, err
}

// join returns the bytes of the next write and its number of frames: one large frame, or
// several small ones.
func (p *batchWriter) join(frames []Frame) (what []byte, n int) {
	if len(frames) == 1 || len(frames[0].data) > maxWrite/2 {
		return frames[0].data, 1
	}
	what = p.buffer[:0]
	for n < len(frames) && len(what)+len(frames[n].data) <= maxWrite {
		what = append(what, frames[n].data...)
		n++
	}
	return what, n
}

// maxRounds is the number of times that a writer checks one connection for more frames
// before it continues with others.
const maxRounds = 4

// flush writes the pending frames of one connection, as far as possible without
// blocking. It does nothing if another goroutine writes them, or has.
func (c *Conn) flush(p *batchWriter) {
	if !c.claim() {
		return
	}
	written := 0
	for range maxRounds {
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

// claim reports whether the connection was waiting for a writer, which the caller then
// is.
func (c *Conn) claim() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out.state != outboxWaiting {
		return false
	}
	c.out.state = outboxBusy
	return true
}

// next moves the pending frames to the writer. It returns false if there is nothing left
// to do. It first frees written, the bytes of the outbox that were written before.
func (c *Conn) next(p *batchWriter, written int) bool {
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

// writeTaken writes the writer's frames. If the client does not take them all at once, a
// separate goroutine writes the rest, and ok is false.
func (c *Conn) writeTaken(p *batchWriter) (size int, ok bool) {
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
			c.out.bytes += len(rest) - size // the rest of a frame still counts
			c.mu.Unlock()
			go c.flushSlowly(slices.Clone(p.taken[at:]), rest)
			return size, false
		}
	}
	return size, true
}

// flushSlowly writes the rest of a frame and the frames after it to a client that does
// not keep up. It may block.
func (c *Conn) flushSlowly(frames []Frame, rest []byte) {
	c.stall()
	if !c.writeSlowly(rest) {
		return
	}
	p := &batchWriter{taken: frames}
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

// stall records that a write is blocked. It does nothing without a descriptor, where
// every write may block.
func (c *Conn) stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.descriptor != nil {
		c.out.state = outboxStalled
	}
}

// writeSlowly writes with the write timeout. It leaves no deadline behind, because
// writes that don't block set none of their own.
func (c *Conn) writeSlowly(what []byte) bool {
	defer func() { _ = c.network.SetWriteDeadline(time.Time{}) }()
	for len(what) > 0 {
		part := what[:min(len(what), maxWrite)]
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

// kill closes the connection immediately and drops its pending frames. The Conn must be
// locked. Closing wakes the reader, which notifies everyone.
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
		return // not started yet: start will see it
	}
	go func() { // Close may block until a writer is done
		if tcp, ok := network.(*net.TCPConn); ok && reason == ReasonSlow {
			_ = tcp.SetLinger(0) // so that the kernel drops unsent data
		}
		_ = network.Close()
	}()
}

// end writes the pending frames and a close frame, and then closes the connection. The
// Conn must be locked. For wake, see put.
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

// hangUp closes the connection for writing, and gives the client a moment to close it,
// too. The Conn must be locked.
func (c *Conn) hangUp() {
	if half, ok := c.network.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	c.hungUp = true
	_ = c.network.SetReadDeadline(time.Now().Add(c.server.options.HangUpGrace))
}
