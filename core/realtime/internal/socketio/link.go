package socketio

import (
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// link is one websocket from its handshake to its end. It rides in the
// request's context, which is the one thing that all of the library's layers
// hand on.
type link struct {
	server  *Server
	release func()
	request *http.Request

	mu      sync.Mutex
	engine  engine.Socket
	network net.Conn
	conn    *Conn // when it was let in
	ended   bool  // Closed was called or need not be
	gone    bool
	cutting *time.Timer
}

type linkKey struct{}

func newLink(s *Server, release func()) *link { return &link{server: s, release: release} }

func linkOf(ctx *types.HttpContext) *link {
	return ctx.Request().Context().Value(linkKey{}).(*link)
}

func (l *link) setEngine(conn engine.Socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.engine = conn
}

func (l *link) letIn(conn *Conn) {
	l.mu.Lock()
	late := l.ended
	l.conn = conn
	l.mu.Unlock()
	if late {
		l.server.tellClosed(conn)
	}
}

func (l *link) letInConn() *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

// end tells, once, that the client is out. The connection may still be open.
func (l *link) end() {
	l.mu.Lock()
	conn, already := l.conn, l.ended
	l.ended = true
	l.mu.Unlock()
	if !already && conn != nil {
		l.server.tellClosed(conn)
	}
}

// cutLater gives the client time to close the connection itself: it does when
// it has read that it is out.
func (l *link) cutLater() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.gone && l.cutting == nil {
		l.cutting = time.AfterFunc(l.server.options.CloseGrace, l.cut)
	}
}

// cut closes the connection without asking.
func (l *link) cut() {
	l.mu.Lock()
	conn, network := l.engine, l.network
	l.mu.Unlock()
	if conn != nil {
		conn.Close(true)
	}
	if network != nil {
		_ = network.Close()
	}
}

// closedByNetwork is called when the network connection is closed, which every
// end of a connection comes down to.
func (l *link) closedByNetwork() {
	l.mu.Lock()
	if l.gone {
		l.mu.Unlock()
		return
	}
	l.gone = true
	if l.cutting != nil {
		l.cutting.Stop()
	}
	l.mu.Unlock()
	l.end()
	l.server.remove(l)
	l.release()
	time.AfterFunc(l.server.options.SweepAfter, l.sweep)
}

func (l *link) sweep() {
	l.mu.Lock()
	conn := l.engine
	var client *socket.Socket
	if l.conn != nil {
		client = l.conn.socket
	}
	l.mu.Unlock()
	l.server.sweep(conn, client)
}

func (l *link) taken(network net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.network = network
}
