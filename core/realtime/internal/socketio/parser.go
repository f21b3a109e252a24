package socketio

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// gateTimeout is how long a client's second packet waits for its first to be
// dealt with: longer than any Connect may take.
const gateTimeout = 30 * time.Second

var errMalformed = errors.New("malformed packet")

// rawParser hands JSON on as it came in.
type rawParser struct{}

func (rawParser) NewEncoder() parser.Encoder { return parser.NewEncoder() }

func (rawParser) NewDecoder() parser.Decoder {
	return &decoder{EventEmitter: types.NewEventEmitter(), ready: make(chan struct{})}
}

// decoder reads the packets of one connection. After an error the library
// closes the connection.
type decoder struct {
	types.EventEmitter

	connected bool          // CONNECT was handed on
	ready     chan struct{} // closed when CONNECT was dealt with
	once      sync.Once
}

// decoderKey is where a decoder puts itself for the connection that it read
// CONNECT for: the client's auth data, which nobody here looks at.
const decoderKey = "decoder"

func gateOf(client *socket.Socket) *decoder {
	return client.Handshake().Auth[decoderKey].(*decoder)
}

func (d *decoder) open() { d.once.Do(func() { close(d.ready) }) }

// Destroy is called at the connection's end.
func (d *decoder) Destroy() { d.open() }

// Add reads one message. It is called on the connection's one reading
// goroutine.
func (d *decoder) Add(data any) error {
	text, ok := data.(*types.StringBuffer)
	if !ok {
		return errors.New("binary data")
	}
	if d.connected {
		if err := d.wait(); err != nil {
			return err
		}
	}
	packet, err := d.decode(text.String())
	if err != nil {
		return err
	}
	if packet != nil {
		d.Emit("decoded", packet)
	}
	return nil
}

func (d *decoder) wait() error {
	select {
	case <-d.ready:
		return nil
	default:
	}
	timeout := time.NewTimer(gateTimeout)
	defer timeout.Stop()
	select {
	case <-d.ready:
		return nil
	case <-timeout.C:
		return errors.New("the connection was not let in in time")
	}
}

func (d *decoder) decode(text string) (*parser.Packet, error) {
	if text == "" || !utf8.ValidString(text) {
		return nil, errMalformed
	}
	packet := &parser.Packet{Type: parser.PacketType(text[0] - '0'), Nsp: "/"}
	rest := text[1:]
	if strings.HasPrefix(rest, "/") {
		packet.Nsp, rest, _ = strings.Cut(rest, ",")
		if len(packet.Nsp) > parser.DefaultMaxNamespaceLength {
			return nil, errMalformed
		}
	}
	switch packet.Type {
	case parser.CONNECT:
		return packet, d.decodeConnect(packet, rest)
	case parser.DISCONNECT:
		if rest != "" {
			return nil, errMalformed
		}
		return packet, nil
	case parser.EVENT:
		return packet, decodeEvent(packet, rest)
	case parser.ACK:
		return nil, nil // nothing that goes out asks for one
	default:
		return nil, errMalformed
	}
}

func (d *decoder) decodeConnect(packet *parser.Packet, auth string) error {
	if auth != "" {
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(auth), &object); err != nil || object == nil {
			return errMalformed
		}
	}
	if packet.Nsp != "/" {
		return nil // the library answers that there is no such namespace
	}
	if d.connected {
		return errors.New("a second CONNECT")
	}
	d.connected = true
	packet.Data = map[string]any{decoderKey: d}
	return nil
}

func decodeEvent(packet *parser.Packet, rest string) error {
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	id := rest[:digits]
	if id != "" {
		if _, err := strconv.ParseUint(id, 10, 64); err != nil {
			return errMalformed
		}
	}
	var array []json.RawMessage
	if err := json.Unmarshal([]byte(rest[digits:]), &array); err != nil || len(array) == 0 {
		return errMalformed
	}
	var name string
	if array[0][0] != '"' || json.Unmarshal(array[0], &name) != nil {
		return errMalformed
	}
	packet.Data = []any{name, Event{Name: name, Args: array[1:], id: id}}
	return nil
}
