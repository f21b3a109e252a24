// Package socketio speaks Socket.IO v5 over websockets to browsers. It is the
// one place that knows the library (rule R2): everything above it sees
// connections, events and frames.
//
// The library decides who is connected: it answers CONNECT and DISCONNECT,
// knows the namespaces and runs what must be asked first. All else is done
// here, behind the library's own interfaces, because it costs several times as
// much there, or is not done right:
//
//   - A Conn is the library's engine session and its websocket transport. One
//     goroutine reads; when nothing comes it holds no buffer. Nothing is read
//     before whoever must hear it listens, and no packet is handed on before
//     CONNECT is dealt with: the library loses what comes too early.
//   - A frame is encoded once for all who get it, and put into the outbox of
//     each. A few writers, which all connections share, write without blocking
//     and join what waits for one connection into one write. An outbox is
//     bounded in bytes and in time: a client that does not read is cut off.
//   - Packets are parsed strictly. JSON is handed on raw and whole, so that
//     numbers keep their digits; the library takes trailing bytes and makes
//     float64 of numbers.
//   - A connection ends in one place, the reader's end, from which everybody
//     is told once. What is to be said before is written before: the library
//     closes first, so that clients take a sign-out for a broken network.
//   - Long polling hangs and loses in the library. Only websockets are let in.
//
// What this rests on of the library's inner life is in the tests: pin its
// version, and let them pass before another.
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

// Handler is told what clients do. For one connection the calls come one after
// the other, except Closed, which may come beside any of them.
type Handler interface {
	// Accept decides about a request before it becomes a connection. release
	// is called once when the connection is gone, for whatever reason.
	Accept(r *http.Request) (release func(), rejection *Rejection)

	// Connect decides about a connection that asks to be let in. A rejection
	// reaches the client as connect_error with the code as its message.
	Connect(c *Conn) *Rejection

	// Event is told what a connected client says. It must not block.
	Event(c *Conn, event Event)

	// Closed is called exactly once for every connection that Connect let in.
	Closed(c *Conn)

	// Panicked is told of a panic in one of the others.
	Panicked(cause any, stack []byte)
}

// Rejection is why a client is not let in.
type Rejection struct {
	Status  int    `json:"-"` // of HTTP, for Accept
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Options are what a server must be told. A zero field means the default beside
// it, if there is one.
type Options struct {
	MaxFrame       int           // bytes of an incoming message
	MaxQueued      int           // bytes that may wait to be written to one client; 1 MiB
	Attachments    int           // binary data that one incoming event may have; none
	ConnectTimeout time.Duration // for a connection to ask to be let in
	PingInterval   time.Duration // between a pong and the next ping
	PingTimeout    time.Duration // for a pong
	WriteTimeout   time.Duration // for a client to take what is written to it, 32 KiB at a time; 10 s
	CloseGrace     time.Duration // for a client to close after it was told to
	HangUpGrace    time.Duration // for it to close after we did; 3 s
}

func (o Options) withDefaults() Options {
	o.MaxQueued = cmp.Or(o.MaxQueued, 1<<20)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 10*time.Second)
	o.HangUpGrace = cmp.Or(o.HangUpGrace, 3*time.Second)
	return o
}

// handshakeTimeout is for the answer to a handshake to be taken.
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
	empty  chan struct{} // closed when closed and without connections
}

// openPacket is what a client is told first.
type openPacket struct {
	MaxPayload   int      `json:"maxPayload"`
	PingInterval int64    `json:"pingInterval"` // ms
	PingTimeout  int64    `json:"pingTimeout"`  // ms
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
}

// NewServer makes a server that tells handler what clients do.
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
			ReadBufferSize:   256, // nothing is read or written through it
			WriteBufferSize:  256,
			CheckOrigin:      func(*http.Request) bool { return true }, // Accept has looked
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

// ServeHTTP answers the handshake of a websocket and rejects everything else.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	upgraded, err := s.upgrader.Upgrade(hijacker{w}, r, nil)
	if err != nil { // which the client was told
		s.remove(c, ReasonRejected)
		release()
		return
	}
	c.start(upgraded.NetConn(), s.openFrame(c))
	if s.isClosed() {
		c.part(closeGoingAway, ReasonShut)
	}
}

// hijacker finds the way to the connection through what middleware has wrapped
// the writer in.
type hijacker struct{ http.ResponseWriter }

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

func (s *Server) openFrame(c *Conn) Frame {
	c.library.id = rand.Text()
	opening := s.opening
	opening.SID = c.library.id
	text, _ := json.Marshal(opening) // which always can
	return Frame{appendFrame(nil, opText, append([]byte{engineOpen}, text...))}
}

func reject(w http.ResponseWriter, rejection *Rejection) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(rejection.Status)
	_ = json.NewEncoder(w).Encode(rejection)
}

// Drain lets no more connections in, ends those that nobody was let in with,
// and waits until the others are gone or ctx ends.
func (s *Server) Drain(ctx context.Context) {
	for _, c := range s.shutDoor() {
		if !c.isLetIn() {
			c.part(closeGoingAway, ReasonShut)
		}
	}
	_ = s.wait(ctx)
}

// Close lets no more connections in and ends all: what waits for those that
// read is written first. It returns when all are gone. When ctx ends before it
// cuts what is left, and returns ctx's error.
func (s *Server) Close(ctx context.Context) error {
	for _, c := range s.shutDoor() {
		c.part(closeGoingAway, ReasonShut)
	}
	err := s.wait(ctx)
	if err != nil {
		for _, c := range s.shutDoor() {
			c.fail(ReasonShut)
		}
	}
	return err
}

func (s *Server) shutDoor() []*Conn {
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

// Connections is the number of open connections, let in or not.
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

// tellLibrary makes the library listen to a connection.
func (s *Server) tellLibrary(session *session) { s.engine.Emit("connection", session) }

func connOf(client *socket.Socket) *Conn { return client.Conn().(*session).conn }

// onConnect hears of a client that asks to be let in.
func (s *Server) onConnect(client *socket.Socket, next func(*socket.ExtendedError)) {
	c := connOf(client)
	c.client, c.id = client, string(client.Id())
	rejection := s.connect(c)
	c.request = nil
	if rejection != nil {
		next(socket.NewExtendedError(rejection.Code, rejection))
		close(c.dealtWith)
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

// onConnection hears of a client that was told that it is in.
func (s *Server) onConnection(args ...any) {
	client := args[0].(*socket.Socket)
	c := connOf(client)
	defer close(c.dealtWith)
	_ = client.On("disconnect", func(...any) { c.disconnected() })
	c.opened()
	if !client.Connected() { // before there was anybody to hear it
		c.disconnected()
	}
}

func (s *Server) tellClosed(c *Conn) {
	defer s.recovered(nil)
	s.handler.Closed(c)
}

func (s *Server) tellEvent(c *Conn, event Event) {
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
