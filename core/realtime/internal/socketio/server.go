// Package socketio speaks Socket.IO v5 over websockets to browsers. It is the
// one place that knows the library (rule R2): everything above it sees
// connections, events and frames, so that another transport can take the
// library's place without anybody noticing.
//
// What the library does not do right is mended here, from outside:
//
//   - It reads and writes before its own listeners stand, and answers CONNECT
//     before it can take the next packet. heldConn and the decoder's gate make
//     the first packets wait.
//   - It parses numbers as float64 and takes trailing bytes after JSON. The
//     decoder hands on raw, whole JSON.
//   - It swallows encoding errors. Frames are encoded here.
//   - It closes the connection before DISCONNECT is written, so that clients
//     take a sign-out for a broken network and come back. Conn.Shut leaves the
//     closing to the client, and cuts only one that does not.
//   - It forgets sockets of connections that break at the wrong moment. Closed
//     is called from whatever ends first, and what the library kept is swept
//     out a little later.
//   - Long polling hangs and loses. Only websockets are let in.
package socketio

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// Handler is told what clients do. For one connection the calls come one after
// the other, except Closed, which may come beside any of them.
type Handler interface {
	// Accept decides about a request before it becomes a connection. release
	// is called once when the connection is gone, for whatever reason.
	Accept(r *http.Request) (release func(), refusal *Refusal)

	// Connect decides about a connection that asks to be let in. A refusal
	// reaches the client as connect_error with the code as its message.
	Connect(c *Conn) *Refusal

	// Event is told what a connected client says. It must not block.
	Event(c *Conn, event Event)

	// Closed is called exactly once for every connection that Connect let in.
	Closed(c *Conn)

	// Panicked is told of a panic in one of the others.
	Panicked(cause any, stack []byte)
}

// Refusal is why a client is not let in.
type Refusal struct {
	Status  int    `json:"-"` // of HTTP, for Accept
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Options are what a server must be told.
type Options struct {
	MaxFrame       int64         // bytes of an incoming frame
	ConnectTimeout time.Duration // for a connection to ask to be let in
	PingInterval   time.Duration // between a pong and the next ping; shorter than PingTimeout
	PingTimeout    time.Duration // for a pong
	CloseGrace     time.Duration // for a client to close after it was told to
	SweepAfter     time.Duration // when the library has surely done with a connection that is gone
}

// Server turns requests into connections.
type Server struct {
	handler Handler
	options Options
	io      *socket.Server
	engine  http.Handler

	mu     sync.Mutex
	links  map[*link]struct{}
	closed bool
	empty  chan struct{} // closed when closed and without links
}

// NewServer makes a server that tells handler what clients do.
func NewServer(handler Handler, options Options) *Server {
	s := &Server{handler: handler, options: options, links: map[*link]struct{}{}, empty: make(chan struct{})}
	o := socket.DefaultServerOptions()
	o.SetServeClient(false)
	o.SetTransports(types.NewSet(socket.WebSocket))
	o.SetPingInterval(options.PingInterval)
	o.SetPingTimeout(options.PingTimeout)
	o.SetConnectTimeout(options.ConnectTimeout)
	o.SetMaxHttpBufferSize(options.MaxFrame)
	o.SetParser(rawParser{})
	s.io = socket.NewServer(nil, o)
	s.engine = s.io.ServeHandler(nil)
	_ = s.io.Engine().On("connection", s.onEngine)
	s.io.Use(s.onConnect)
	_ = s.io.On("connection", s.onConnection)
	return s
}

// ServeHTTP answers the handshake of a websocket and refuses everything else.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if !websocket.IsWebSocketUpgrade(r) || query.Get("transport") != "websocket" || query.Get("EIO") != "4" || query.Get("sid") != "" {
		refuse(w, &Refusal{Status: http.StatusBadRequest, Code: "invalid", Message: "Connect with Socket.IO v5 over a websocket."})
		return
	}
	release, refusal := s.handler.Accept(r)
	if refusal != nil {
		refuse(w, refusal)
		return
	}
	l := newLink(s, release)
	if !s.add(l) {
		release()
		refuse(w, &Refusal{Status: http.StatusServiceUnavailable, Code: "unavailable", Message: "The server is shutting down."})
		return
	}
	hijacker := &hijackWriter{writer: w, link: l}
	defer hijacker.release()
	// The library keeps the request for the life of the connection: it gets one
	// without what middleware has put into the context. The context ends with
	// this call, or the library would leave a goroutine behind.
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), linkKey{}, l))
	defer cancel()
	l.request = r.WithContext(context.Background())
	kept := r.WithContext(ctx)
	kept.Header = r.Header.Clone()
	kept.Header.Del("Origin") // Accept has looked at it; the library's own check knows no second origin
	s.engine.ServeHTTP(hijacker, kept)
	if s.isClosed() {
		l.cut()
	}
}

func refuse(w http.ResponseWriter, refusal *Refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(refusal.Status)
	_ = json.NewEncoder(w).Encode(refusal)
}

// Drain lets no more connections in, cuts those that nobody was let in with,
// and waits until the others are gone or ctx ends.
func (s *Server) Drain(ctx context.Context) {
	for _, l := range s.shutDoor() {
		if l.letInConn() == nil {
			l.cut()
		}
	}
	_ = s.wait(ctx)
}

// Close cuts all connections and lets no more in. It returns when all are
// gone, or with ctx's error.
func (s *Server) Close(ctx context.Context) error {
	for _, l := range s.shutDoor() {
		l.cut()
	}
	return s.wait(ctx)
}

func (s *Server) shutDoor() []*link {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.signalEmpty()
	links := make([]*link, 0, len(s.links))
	for l := range s.links {
		links = append(links, l)
	}
	return links
}

func (s *Server) wait(ctx context.Context) error {
	select {
	case <-s.empty:
		return nil
	default:
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Connections is the number of open connections, let in or not.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.links)
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *Server) add(l *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.links[l] = struct{}{}
	return true
}

func (s *Server) remove(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, l)
	if s.closed {
		s.signalEmpty()
	}
}

func (s *Server) signalEmpty() {
	if len(s.links) > 0 {
		return
	}
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}

// onEngine hears of a connection before it has read or written anything.
func (s *Server) onEngine(args ...any) {
	conn := args[0].(engine.Socket)
	l := linkOf(conn.Request())
	l.setEngine(conn)
	_ = conn.Once("close", func(...any) { l.end() })
}

// onConnect hears of a client that asks to be let in.
func (s *Server) onConnect(client *socket.Socket, next func(*socket.ExtendedError)) {
	l := linkOf(client.Request())
	gate := gateOf(client)
	conn := &Conn{link: l, socket: client, id: string(client.Id())}
	refusal := s.connect(conn)
	if refusal != nil {
		next(socket.NewExtendedError(refusal.Code, refusal))
		gate.open()
		l.cutLater()
		return
	}
	l.letIn(conn)
	next(nil)
}

func (s *Server) connect(c *Conn) (refusal *Refusal) {
	defer s.recovered(func() { refusal = &Refusal{Code: "internal", Message: "Something went wrong on our side."} })
	return s.handler.Connect(c)
}

// onConnection hears of a client that was told that it is in.
func (s *Server) onConnection(args ...any) {
	client := args[0].(*socket.Socket)
	conn := linkOf(client.Request()).letInConn()
	defer gateOf(client).open()
	_ = client.On("disconnect", func(...any) {
		conn.link.end()
		conn.link.cutLater()
	})
	client.OnAny(func(args ...any) {
		defer s.recovered(nil)
		if event, ok := args[1].(Event); ok {
			s.handler.Event(conn, event)
		}
	})
	conn.opened()
	// What ended before the listeners stood has told nobody.
	if !client.Connected() || client.Conn().ReadyState() != "open" {
		conn.link.end()
		conn.link.cutLater()
	}
}

func (s *Server) tellClosed(c *Conn) {
	c.closed()
	defer s.recovered(nil)
	s.handler.Closed(c)
}

func (s *Server) recovered(then func()) {
	if cause := recover(); cause != nil {
		s.handler.Panicked(cause, debug.Stack())
		if then != nil {
			then()
		}
	}
}

// sweep removes what the library may have kept of a connection.
func (s *Server) sweep(conn engine.Socket, client *socket.Socket) {
	if conn != nil {
		s.io.Engine().Clients().Delete(conn.Id())
	}
	if client != nil {
		client.Nsp().Adapter().DelAll(client.Id())
		client.Nsp().Remove(client)
	}
}
