package socketio

import (
	"context"
	"io"
	"net/http"
	"net/url"

	enginepacket "github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// What the library sees of us: an Engine.IO session with its transport, a
// parser and an adapter.

// session is a Conn as the library knows it: an Engine.IO session over a
// websocket, which is open until all is over.
type session struct {
	emitter
	conn *Conn
	id   string
}

var _ engine.Socket = (*session)(nil)

// tell hands a client's packet to the library.
func (s *session) tell(p *packet) {
	told := &parser.Packet{Nsp: p.namespace}
	switch p.kind {
	case packetConnect:
		told.Type = parser.CONNECT
	case packetDisconnect:
		told.Type = parser.DISCONNECT
	}
	s.Emit("data", told)
}

// Write is how the library says that a client is let in, or not, or is out.
func (s *session) Write(data io.Reader, _ *enginepacket.Options, _ engine.SendCallback) engine.Socket {
	b := append(make([]byte, maxHead, maxHead+64), engineMessage)
	if text, err := io.ReadAll(data); err == nil { // it reads from memory
		s.conn.write(frameWithRoom(append(b, text...)))
	}
	return s
}

func (s *session) Send(data io.Reader, options *enginepacket.Options, sent engine.SendCallback) engine.Socket {
	return s.Write(data, options, sent)
}

// Close is how the library ends what has not asked to be let in in time, or
// has asked for what makes no sense.
func (s *session) Close(bool) { s.conn.part(closePolicy, ReasonRejected) }

func (s *session) Id() string            { return s.id }
func (s *session) Protocol() int         { return 4 }
func (s *session) RemoteAddress() string { return s.conn.network.RemoteAddr().String() }

// Request is the same for all: whatever the library copies of a request stays
// in memory for as long as the connection.
func (s *session) Request() *types.HttpContext { return s.conn.server.blank }

func (s *session) Transport() transports.Transport { return s.conn.server.transport }

func (s *session) ReadyState() string {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.conn.finished {
		return "closed"
	}
	return "open"
}

func (s *session) SetReadyState(string)              {}
func (s *session) Upgraded() bool                    { return false }
func (s *session) Upgrading() bool                   { return false }
func (s *session) MaybeUpgrade(transports.Transport) {}
func (s *session) Construct(string, engine.BaseServer, transports.Transport, *types.HttpContext, int) {
}

// blankRequest is what the library is told of every request.
func blankRequest() *types.HttpContext {
	over, cancel := context.WithCancel(context.Background())
	cancel() // or it would be watched for ever
	request := &http.Request{Method: http.MethodGet, URL: &url.URL{}, Header: http.Header{}}
	return types.NewHttpContext(discarded{}, request.WithContext(over))
}

type discarded struct{}

func (discarded) Header() http.Header         { return http.Header{} }
func (discarded) Write(p []byte) (int, error) { return len(p), nil }
func (discarded) WriteHeader(int)             {}

// websocketTransport is a transport as the library knows it. Conn does the
// work.
type websocketTransport struct{ transports.Transport }

func newWebsocketTransport() transports.Transport {
	t := &websocketTransport{transports.MakeTransport()}
	t.Prototype(t)
	return t
}

func (*websocketTransport) Name() string          { return transports.WEBSOCKET }
func (*websocketTransport) HandlesUpgrades() bool { return true }
func (*websocketTransport) Writable() bool        { return true }

// packets is the parser that the library is given. What comes in was parsed
// before; what goes out is encoded by the library's own, which does that right
// for the few packets that it makes itself.
type packets struct{}

func (packets) NewEncoder() parser.Encoder { return parser.NewEncoder() }
func (packets) NewDecoder() parser.Decoder { return &decoder{} }

// decoder hands on what tell has made.
type decoder struct{ emitter }

func (d *decoder) Add(data any) error {
	d.Emit("decoded", data)
	return nil
}

func (d *decoder) Destroy() {}

// adapter keeps no rooms: who hears what is the business of the layer above,
// which has to keep order and to ask at gates.
type adapter struct{ socket.Adapter }

type adapters struct{}

func (adapters) New(namespace socket.Namespace) socket.Adapter {
	a := &adapter{socket.MakeAdapter()}
	a.Prototype(a)
	a.Construct(namespace)
	return a
}

func (*adapter) AddAll(socket.SocketId, *types.Set[socket.Room]) {}
func (*adapter) Del(socket.SocketId, socket.Room)                {}
func (*adapter) DelAll(socket.SocketId)                          {}
