package socketio

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// hijackWriter is the ResponseWriter of a handshake. It hands out a heldConn,
// and drops the real writer with its buffers when the connection was taken
// over, because the library keeps this one for the connection's life.
type hijackWriter struct {
	link *link

	mu     sync.Mutex
	writer http.ResponseWriter // nil when taken over
	held   *heldConn
	ignore http.Header
}

func (w *hijackWriter) current() http.ResponseWriter {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.writer
}

func (w *hijackWriter) Header() http.Header {
	if writer := w.current(); writer != nil {
		return writer.Header()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ignore == nil {
		w.ignore = http.Header{}
	}
	return w.ignore
}

func (w *hijackWriter) WriteHeader(status int) {
	if writer := w.current(); writer != nil {
		writer.WriteHeader(status)
	}
}

func (w *hijackWriter) Write(p []byte) (int, error) {
	if writer := w.current(); writer != nil {
		return writer.Write(p)
	}
	return 0, http.ErrHijacked
}

// Hijack takes the connection over.
func (w *hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	writer := w.current()
	if writer == nil {
		return nil, nil, http.ErrHijacked
	}
	conn, buffers, err := http.NewResponseController(writer).Hijack()
	if err != nil {
		return nil, nil, err
	}
	held := &heldConn{Conn: conn, link: w.link, started: make(chan struct{})}
	w.mu.Lock()
	w.writer, w.held = nil, held
	w.mu.Unlock()
	w.link.taken(held)
	return held, buffers, nil
}

// release lets the connection begin to read and write, or ends the link of one
// that was never taken over.
func (w *hijackWriter) release() {
	w.mu.Lock()
	held := w.held
	w.writer = nil
	w.mu.Unlock()
	if held == nil {
		w.link.closedByNetwork()
		return
	}
	held.start()
}

// heldConn is a network connection that reads and writes nothing but the
// handshake's answer before start: the library starts to read before its own
// listeners stand and would lose what a fast client says.
type heldConn struct {
	net.Conn
	link *link

	answered atomic.Bool
	started  chan struct{}
	once     sync.Once
}

func (c *heldConn) start() { c.once.Do(func() { close(c.started) }) }

func (c *heldConn) Read(p []byte) (int, error) {
	<-c.started
	return c.Conn.Read(p)
}

func (c *heldConn) Write(p []byte) (int, error) {
	if c.answered.Swap(true) {
		<-c.started
	}
	return c.Conn.Write(p)
}

func (c *heldConn) Close() error {
	err := c.Conn.Close()
	c.start()
	c.link.closedByNetwork()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
