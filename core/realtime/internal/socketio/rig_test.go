package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// rig is a server with the handlers of a test. It records the connections.
type rig struct {
	t      testing.TB
	server *Server
	http   *httptest.Server

	onEvent   func(*Conn, Event)
	onConnect func(*Conn) *Rejection

	mu     sync.Mutex
	conns  []*Conn
	closed map[*Conn]Reason
	ended  map[*Conn]int
}

func longTimeouts() Options {
	return Options{MaxFrame: 1 << 16, ConnectTimeout: 20 * time.Second, PingInterval: 20 * time.Second, PingTimeout: 30 * time.Second, CloseGrace: 2 * time.Second}
}

func startRig(t testing.TB, options Options, change ...func(*rig)) *rig {
	t.Helper()
	r := &rig{t: t, closed: map[*Conn]Reason{}, ended: map[*Conn]int{}}
	for _, c := range change {
		c(r)
	}
	r.server = NewServer(r, options)
	r.http = httptest.NewServer(r.server)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := r.server.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		r.http.Close()
	})
	return r
}

func (r *rig) Accept(*http.Request) (func(), *Rejection) { return func() {}, nil }

func (r *rig) Connect(c *Conn) *Rejection {
	if r.onConnect != nil {
		if rejection := r.onConnect(c); rejection != nil {
			return rejection
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns = append(r.conns, c)
	return nil
}

// Event acknowledges an event with its arguments, unless the test sets onEvent.
func (r *rig) Event(c *Conn, event Event) {
	if r.onEvent != nil {
		r.onEvent(c, event)
		return
	}
	c.Answer(event, event.Attachments, event.Args...)
}

func (r *rig) Closed(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	r.closed[c] = c.reason
	r.ended[c]++
}

func (r *rig) Panicked(cause any, stack []byte) { r.t.Errorf("%v\n%s", cause, stack) }

func (r *rig) all() []*Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*Conn(nil), r.conns...)
}

func (r *rig) url() string {
	return "ws" + strings.TrimPrefix(r.http.URL, "http") + "/socket.io/?EIO=4&transport=websocket"
}

// dial opens a connection that is admitted.
func (r *rig) dial() *websocket.Conn {
	r.t.Helper()
	return r.join(r.dialOpen())
}

// join sends CONNECT and waits until the server is ready to send events, which may be
// after the client was notified of its admission.
func (r *rig) join(c *websocket.Conn) *websocket.Conn {
	r.t.Helper()
	if err := firstError(send(c, "40"), expect(c, "40{")); err != nil {
		r.t.Fatal(err)
	}
	waitUntil(r.t, "the server is ready", func() error {
		for _, c := range r.all() {
			c.mu.Lock()
			state := c.state
			c.mu.Unlock()
			if state == connecting {
				return errors.New("it is connecting")
			}
		}
		return nil
	})
	return c
}

// dialOpen opens a connection that has not sent CONNECT.
func (r *rig) dialOpen() *websocket.Conn {
	r.t.Helper()
	return r.dialWith(&websocket.Dialer{})
}

func (r *rig) dialWith(dialer *websocket.Dialer) *websocket.Conn {
	r.t.Helper()
	c, _, err := dialer.DialContext(r.t.Context(), r.url(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	if err := expect(c, "0{"); err != nil {
		r.t.Fatal(err)
	}
	return c
}

// dialSlow is dial with a small receive window, so that the server soon has to wait.
func (r *rig) dialSlow() *websocket.Conn {
	return r.join(r.dialWith(&websocket.Dialer{NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(16 << 10)
		}
		return conn, err
	}}))
}

// wait waits until all admitted connections have ended, and returns the reason of the
// last.
func (r *rig) wait() Reason {
	r.t.Helper()
	var reason Reason
	waitUntil(r.t, "the connections are gone", func() error {
		if n := r.server.Connections(); n > 0 {
			return fmt.Errorf("%d connections", n)
		}
		return nil
	})
	for _, c := range r.all() {
		r.mu.Lock()
		n := r.ended[c]
		r.mu.Unlock()
		if n != 1 {
			r.t.Errorf("Closed was called %d times", n)
		}
		c.mu.Lock()
		reason = c.reason
		c.mu.Unlock()
	}
	return reason
}

func raw(text string) json.RawMessage { return json.RawMessage(text) }
