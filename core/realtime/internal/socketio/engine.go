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

// This file implements the library's interfaces: an Engine.IO session with its
// transport, a parser and an adapter.

// session is a Conn as the library sees it: an Engine.IO session over a websocket, which
// stays open until the connection has ended.
type session struct {
	emitter
	conn *Conn
	id   string
}

var _ engine.Socket = (*session)(nil)

// deliver passes a client's packet to the library.
func (s *session) deliver(p *packet) {
	delivered := &parser.Packet{Nsp: p.namespace}
	switch p.kind {
	case packetConnect:
		delivered.Type = parser.CONNECT
	case packetDisconnect:
		delivered.Type = parser.DISCONNECT
	}
	s.Emit("data", delivered)
}

// Write sends the library's packets: CONNECT, connect_error and DISCONNECT.
func (s *session) Write(data io.Reader, _ *enginepacket.Options, _ engine.SendCallback) engine.Socket {
	b := append(make([]byte, maxHead, maxHead+64), engineMessage)
	if text, err := io.ReadAll(data); err == nil { // data is in memory
		s.conn.write(frameInPlace(append(b, text...)))
	}
	return s
}

func (s *session) Send(data io.Reader, options *enginepacket.Options, sent engine.SendCallback) engine.Socket {
	return s.Write(data, options, sent)
}

// Close is called by the library if a client did not send CONNECT in time, or sent an
// invalid packet.
func (s *session) Close(bool) { s.conn.expireConnect() }

func (s *session) Id() string            { return s.id }
func (s *session) Protocol() int         { return 4 }
func (s *session) RemoteAddress() string { return s.conn.network.RemoteAddr().String() }

// Request returns the same empty request for all connections, because the library keeps
// copies of its parts in memory as long as the connection is open.
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

// blankRequest returns the request that the library gets for every connection.
func blankRequest() *types.HttpContext {
	over, cancel := context.WithCancel(context.Background())
	cancel() // otherwise the library would watch it forever
	request := &http.Request{Method: http.MethodGet, URL: &url.URL{}, Header: http.Header{}}
	return types.NewHttpContext(discarded{}, request.WithContext(over))
}

type discarded struct{}

func (discarded) Header() http.Header         { return http.Header{} }
func (discarded) Write(p []byte) (int, error) { return len(p), nil }
func (discarded) WriteHeader(int)             {}

// websocketTransport is the transport that the library sees. Conn does the work.
type websocketTransport struct{ transports.Transport }

func newWebsocketTransport() transports.Transport {
	t := &websocketTransport{transports.MakeTransport()}
	t.Prototype(t)
	return t
}

func (*websocketTransport) Name() string          { return transports.WEBSOCKET }
func (*websocketTransport) HandlesUpgrades() bool { return true }
func (*websocketTransport) Writable() bool        { return true }

// packets is the library's parser. Incoming packets are already parsed. Outgoing packets
// of the library are encoded by its own encoder, which works for these few.
type packets struct{}

func (packets) NewEncoder() parser.Encoder { return parser.NewEncoder() }
func (packets) NewDecoder() parser.Decoder { return &decoder{} }

// decoder passes on the packets from session.deliver.
type decoder struct{ emitter }

func (d *decoder) Add(data any) error {
	d.Emit("decoded", data)
	return nil
}

func (d *decoder) Destroy() {}

// adapter keeps no rooms. The layer above manages subscriptions, because it has to keep
// messages in order and check the gates.
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
