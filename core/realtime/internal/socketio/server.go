// Package socketio implements a Socket.IO v5 server over websockets. It is the only
// package that imports the Socket.IO library (rule R2): packages above it see
// connections, events and frames.
//
// The library manages who is connected: it handles CONNECT and DISCONNECT, namespaces
// and connection middleware. This package does everything else behind the library's
// interfaces, because the library needs several times the resources, or has bugs:
//
//   - A Conn is the library's engine session and its websocket transport. One
//     goroutine reads, and holds no buffer while nothing arrives. It reads nothing
//     before the library has added its listeners, and handles no other packet before
//     CONNECT is complete: the library loses packets that arrive too early.
//   - A frame is encoded once for all receivers, and put into the outbox of each. A
//     few writers, which all connections share, write without blocking and combine
//     the frames of a connection into one write. An outbox is bounded in bytes and in
//     time: clients that do not read are disconnected.
//   - Packets are parsed strictly. JSON is passed on unparsed, so that numbers keep
//     their digits. The library accepts trailing bytes and converts numbers to float64.
//   - A connection ends in one place, when its reader ends, which notifies everyone
//     once. Pending frames are written first. The library closes before writing, so
//     that clients mistake a sign-out for a network failure.
//   - Long polling hangs and loses messages in the library. Only websockets are
//     accepted. A client that begins with polling gets an error that names the remedy.
//
// The tests cover the library internals that this package depends on. Pin the
// library's version, and upgrade only when the tests pass.
package socketio

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// Handler handles what clients do. The calls for one connection are sequential, except
// Closed, which may run concurrently with any of them.
type Handler interface {
	// Accept accepts or rejects a request before it becomes a connection. release is
	// called once when the connection has ended for any reason.
	Accept(r *http.Request) (release func(), rejection *Rejection)

	// Connect admits or rejects a connection that sent CONNECT. The client gets a
	// rejection as connect_error, with the code as its message.
	Connect(c *Conn) *Rejection

	// Event handles an event from a connected client. It must not block.
	Event(c *Conn, event Event)

	// Closed is called exactly once for every connection that Connect admitted.
	Closed(c *Conn)

	// Panicked is called after a panic in one of the other methods.
	Panicked(cause any, stack []byte)
}

// Rejection is the reason why a client is not admitted.
type Rejection struct {
	Status  int    `json:"-"` // HTTP status, for Accept
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Options configure a Server. A zero field means the default next to it, if there is
// one.
type Options struct {
	MaxFrame       int           // bytes of an incoming message
	MaxQueued      int           // bytes in one client's outbox; 1 MiB
	Attachments    int           // maximum binary attachments of an incoming event; none
	ConnectTimeout time.Duration // for a connection to send CONNECT
	PingInterval   time.Duration // between a pong and the next ping
	PingTimeout    time.Duration // for a pong
	WriteTimeout   time.Duration // for a client to read 32 KiB; 10 s
	CloseGrace     time.Duration // for a client to close after a disconnect packet
	HangUpGrace    time.Duration // for a client to close after the server did; 3 s

	Polled func(*http.Request) // called for a client that begins with long polling
}

func (o Options) withDefaults() Options {
	o.MaxQueued = cmp.Or(o.MaxQueued, 1<<20)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 10*time.Second)
	o.HangUpGrace = cmp.Or(o.HangUpGrace, 3*time.Second)
	return o
}

// handshakeTimeout limits writing the response to a handshake.
const handshakeTimeout = 5 * time.Second

// Server turns requests into connections.
type Server struct {
	handler   Handler
	options   Options
	library   *socket.Server
	engine    engine.BaseServer
	transport transports.Transport
	blank     *types.HttpContext
	upgrader  websocket.Upgrader
	opening   openPacket
	writers   writers
	counts    counts

	mu     sync.Mutex
	conns  map[*Conn]struct{}
	closed bool
	empty  chan struct{} // closed when the server is closed and has no connections
}

// openPacket is the first packet that a client gets.
type openPacket struct {
	MaxPayload   int      `json:"maxPayload"`
	PingInterval int64    `json:"pingInterval"` // ms
	PingTimeout  int64    `json:"pingTimeout"`  // ms
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
}

// NewServer creates a server that calls handler for what clients do.
func NewServer(handler Handler, options Options) *Server {
	options = options.withDefaults()
	s := &Server{
		handler:   handler,
		options:   options,
		transport: newWebsocketTransport(),
		blank:     blankRequest(),
		opening: openPacket{
			Upgrades:     []string{},
			PingInterval: options.PingInterval.Milliseconds(),
			PingTimeout:  options.PingTimeout.Milliseconds(),
			MaxPayload:   options.MaxFrame,
		},
		upgrader: websocket.Upgrader{
			HandshakeTimeout: handshakeTimeout,
			ReadBufferSize:   256, // unused: Conn reads and writes on its own
			WriteBufferSize:  256,
			CheckOrigin:      func(*http.Request) bool { return true }, // Accept checks it
		},
		counts: counts{closed: newClosed()},
		conns:  map[*Conn]struct{}{},
		empty:  make(chan struct{}),
	}
	s.writers.most, s.writers.counts = runtime.GOMAXPROCS(0), &s.counts
	o := socket.DefaultServerOptions()
	o.SetServeClient(false)
	o.SetConnectTimeout(options.ConnectTimeout)
	o.SetParser(packets{})
	o.SetAdapter(adapters{})
	s.library = socket.NewServer(nil, o)
	s.engine = engine.MakeBaseServer()
	s.engine.Construct(o)
	s.library.Bind(s.engine)
	s.library.Use(s.onConnect)
	_ = s.library.On("connection", s.onConnection)
	return s
}

// ServeHTTP accepts websocket handshakes and rejects all other requests.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isPolling(r) {
		s.answerPolling(w, r)
		return
	}
	query := r.URL.Query()
	if !websocket.IsWebSocketUpgrade(r) || query.Get("transport") != "websocket" || query.Get("EIO") != "4" || query.Get("sid") != "" {
		reject(w, &Rejection{Status: http.StatusBadRequest, Code: "invalid", Message: "Connect with Socket.IO v5 over a websocket."})
		return
	}
	release, rejection := s.handler.Accept(r)
	if rejection != nil {
		reject(w, rejection)
		return
	}
	c := &Conn{server: s, release: release, request: r.WithContext(context.Background()), began: time.Now()}
	c.library.conn, c.library.panicked = c, s.panicked
	if !s.add(c) {
		release()
		reject(w, &Rejection{Status: http.StatusServiceUnavailable, Code: "unavailable", Message: "The server is shutting down."})
		return
	}
	upgraded, err := s.upgrader.Upgrade(hijacker{w}, r, subprotocol(r))
	if err != nil { // the upgrader has written a response
		s.remove(c, ReasonRejected)
		release()
		return
	}
	c.start(upgraded.NetConn(), s.openFrame(c))
	if s.isClosed() {
		c.closeAfterFlush(closeGoingAway, "", ReasonShut)
	}
}

// subprotocol selects the first that the client offers, as Node's server does: a browser
// drops the connection if none is selected.
func subprotocol(r *http.Request) http.Header {
	offered := websocket.Subprotocols(r)
	if len(offered) == 0 {
		return nil
	}
	return http.Header{"Sec-Websocket-Protocol": offered[:1]}
}

// hijacker unwraps the writers of middleware to hijack the connection.
type hijacker struct{ http.ResponseWriter }

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

func (s *Server) openFrame(c *Conn) Frame {
	c.library.id = rand.Text()
	return Frame{appendFrame(nil, opText, append([]byte{engineOpen}, s.openPacket(c.library.id)...))}
}

func (s *Server) openPacket(sid string) string {
	opening := s.opening
	opening.SID = sid
	text, _ := json.Marshal(opening) // never fails
	return string(text)
}

func reject(w http.ResponseWriter, rejection *Rejection) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(rejection.Status)
	_ = json.NewEncoder(w).Encode(rejection)
}

// Drain accepts no more connections, closes those that were not admitted, and waits
// until the others have ended or ctx ends.
func (s *Server) Drain(ctx context.Context) {
	for _, c := range s.stopAccepting() {
		if !c.isAdmitted() {
			c.closeAfterFlush(closeGoingAway, "", ReasonShut)
		}
	}
	_ = s.wait(ctx)
}

// Close accepts no more connections and closes all others, after writing the pending
// frames of clients that read. It returns when all have ended. If ctx ends first, it
// drops the remaining connections and returns ctx's error.
func (s *Server) Close(ctx context.Context) error {
	for _, c := range s.stopAccepting() {
		c.closeAfterFlush(closeGoingAway, "", ReasonShut)
	}
	err := s.wait(ctx)
	if err != nil {
		for _, c := range s.stopAccepting() {
			c.fail(ReasonShut)
		}
	}
	return err
}

func (s *Server) stopAccepting() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.signalEmpty()
	conns := make([]*Conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	return conns
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

// Connections returns the number of open connections, admitted or not.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *Server) add(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	s.counts.opened.Add(1)
	return true
}

func (s *Server) remove(c *Conn, reason Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.counts.closed[reason].Add(1)
	if s.closed {
		s.signalEmpty()
	}
}

func (s *Server) signalEmpty() {
	if len(s.conns) > 0 {
		return
	}
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}

// register adds a connection to the library.
func (s *Server) register(session *session) { s.engine.Emit("connection", session) }

func connOf(client *socket.Socket) *Conn { return client.Conn().(*session).conn }

// onConnect is called when a client sends CONNECT.
func (s *Server) onConnect(client *socket.Socket, next func(*socket.ExtendedError)) {
	c := connOf(client)
	c.client, c.id = client, string(client.Id())
	rejection := s.connect(c)
	c.request = nil
	if rejection != nil {
		next(socket.NewExtendedError(rejection.Code, rejection))
		close(c.handled)
		c.rejected()
		return
	}
	c.admit()
	next(nil)
}

func (s *Server) connect(c *Conn) (rejection *Rejection) {
	defer s.recovered(func() { rejection = &Rejection{Code: "internal", Message: "Something went wrong on our end."} })
	return s.handler.Connect(c)
}

// onConnection is called after a client was admitted and notified.
func (s *Server) onConnection(args ...any) {
	client := args[0].(*socket.Socket)
	c := connOf(client)
	defer close(c.handled)
	_ = client.On("disconnect", func(...any) { c.disconnected() })
	c.opened()
	if !client.Connected() { // it disconnected before the listener was added
		c.disconnected()
	}
}

func (s *Server) callClosed(c *Conn) {
	defer s.recovered(nil)
	s.handler.Closed(c)
}

func (s *Server) callEvent(c *Conn, event Event) {
	defer s.recovered(nil)
	s.handler.Event(c, event)
}

func (s *Server) recovered(then func()) {
	if cause := recover(); cause != nil {
		s.panicked(cause)
		if then != nil {
			then()
		}
	}
}

func (s *Server) panicked(cause any) { s.handler.Panicked(cause, debug.Stack()) }
