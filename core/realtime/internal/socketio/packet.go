package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// Frame is an encoded packet, which is encoded once for all receivers.
type Frame struct{ data []byte } // complete websocket frames

// size returns the size of a frame in an outbox: its bytes and the overhead of the
// queue.
func (f Frame) size() int { return len(f.data) + 32 }

// The first byte of an Engine.IO message, and of the Socket.IO packet in it.
const (
	engineOpen    = '0'
	enginePing    = '2'
	enginePong    = '3'
	engineClose   = '1'
	engineMessage = '4'
	engineNoop    = '6'

	packetConnect     = '0'
	packetDisconnect  = '1'
	packetEvent       = '2'
	packetAck         = '3'
	packetBinaryEvent = '5'
	packetBinaryAck   = '6'
)

// NewEvent creates the frame of an event. The arguments are JSON.
func NewEvent(name string, args ...json.RawMessage) Frame {
	return newPacket("42", "", name, args)
}

// NewBinaryEvent creates the frame of an event with attachments, which replace the
// placeholders {"_placeholder":true,"num":0} in the arguments.
func NewBinaryEvent(name string, attachments [][]byte, args ...json.RawMessage) Frame {
	return withAttachments(newPacket("45"+strconv.Itoa(len(attachments))+"-", "", name, args), attachments)
}

func newAck(id string, attachments [][]byte, args []json.RawMessage) Frame {
	if len(attachments) == 0 {
		return newPacket("43", id, "", args)
	}
	return withAttachments(newPacket("46"+strconv.Itoa(len(attachments))+"-", id, "", args), attachments)
}

// newPacket writes prefix, id and the array of name, if any, and args.
func newPacket(prefix, id, name string, args []json.RawMessage) Frame {
	size := maxHead + len(prefix) + len(id) + len(name) + 4
	for _, arg := range args {
		size += len(arg) + 1
	}
	b := append(make([]byte, maxHead, size), prefix...)
	b = append(append(b, id...), '[')
	if name != "" {
		quoted, _ := json.Marshal(name) // a string can always be encoded
		b = append(append(b, quoted...), ',')
	}
	for _, arg := range args {
		b = append(append(b, arg...), ',')
	}
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return frameInPlace(append(b, ']'))
}

func withAttachments(f Frame, attachments [][]byte) Frame {
	for _, attachment := range attachments {
		f.data = appendFrame(f.data, opBinary, attachment)
	}
	return f
}

// Event is an event from a client.
type Event struct {
	Name        string
	Args        []json.RawMessage // each valid JSON
	Attachments [][]byte          // for the placeholders in Args; empty unless Options.Attachments allows them

	id string // of the acknowledgment, if the client wants one
}

// WantsAck reports whether the client waits for an acknowledgment.
func (e Event) WantsAck() bool { return e.id != "" }

// packet is a parsed packet from a client.
type packet struct {
	kind        byte
	namespace   string
	id          string
	args        []json.RawMessage // for an event, the first is its name
	attachments int               // number of attachments that follow
	received    [][]byte
}

var (
	errMalformed  = errors.New("malformed packet")
	errNoBinary   = errors.New("binary data is not allowed")
	errUnexpected = errors.New("unexpected packet")
)

const maxNamespace = 128

// parsePacket parses a packet, without its attachments.
func parsePacket(text []byte, maxAttachments int) (packet, error) {
	if len(text) == 0 {
		return packet{}, errMalformed
	}
	p := packet{kind: text[0], namespace: "/"}
	rest := text[1:]
	var err error
	if p.kind == packetBinaryEvent || p.kind == packetBinaryAck {
		if p.attachments, rest, err = cutAttachments(rest, maxAttachments); err != nil {
			return packet{}, err
		}
	}
	if len(rest) > 0 && rest[0] == '/' {
		name, after, _ := bytes.Cut(rest, []byte(","))
		if len(name) > maxNamespace {
			return packet{}, errMalformed
		}
		p.namespace, rest = string(name), after
	}
	switch p.kind {
	case packetConnect:
		return p, checkAuth(rest)
	case packetDisconnect:
		if len(rest) > 0 {
			return packet{}, errMalformed
		}
		return p, nil
	case packetEvent, packetBinaryEvent, packetAck, packetBinaryAck:
		return p, p.parseArgs(rest)
	default:
		return packet{}, errMalformed
	}
}

// cutAttachments parses the number of attachments: "2-".
func cutAttachments(text []byte, most int) (n int, rest []byte, err error) {
	number, rest, found := bytes.Cut(text, []byte("-"))
	n, err = strconv.Atoi(string(number))
	switch {
	case most == 0:
		return 0, nil, errNoBinary
	case !found || err != nil || len(digits(number)) != len(number) || n > most:
		return 0, nil, errMalformed
	default:
		return n, rest, nil
	}
}

// checkAuth checks that the auth data of CONNECT is an object. It is not used.
func checkAuth(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return errMalformed
	}
	return nil
}

func (p *packet) parseArgs(text []byte) error {
	id := digits(text)
	p.id = string(id)
	if p.id != "" {
		if _, err := strconv.ParseUint(p.id, 10, 64); err != nil {
			return errMalformed
		}
	}
	if err := json.Unmarshal(text[len(id):], &p.args); err != nil || p.args == nil {
		return errMalformed
	}
	isAck := p.kind == packetAck || p.kind == packetBinaryAck
	if isAck && p.id == "" || !isAck && len(p.args) == 0 {
		return errMalformed
	}
	return nil
}

func digits(text []byte) []byte {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return text[:n]
}

// event returns the packet's event. Its name may be a number, as in Node's server.
func (p *packet) event() (Event, error) {
	var name string
	switch first := p.args[0]; {
	case first[0] == '"' && json.Unmarshal(first, &name) == nil:
	case first[0] == '-' || '0' <= first[0] && first[0] <= '9':
		name = string(first)
	default:
		return Event{}, errMalformed
	}
	return Event{Name: name, Args: p.args[1:], Attachments: p.received, id: p.id}, nil
}

// assembler combines packets with their attachments.
type assembler struct {
	most  int // attachments of a packet
	limit int // bytes of a packet's attachments

	waiting *packet // a packet that waits for its attachments
	size    int     // of the attachments received so far
}

// text handles a text message. complete is false if attachments follow.
func (a *assembler) text(message []byte) (_ packet, complete bool, err error) {
	if a.waiting != nil {
		return packet{}, false, errUnexpected
	}
	p, err := parsePacket(message, a.most)
	if err == nil && p.attachments > 0 {
		a.waiting, a.size = &p, 0
		return packet{}, false, nil
	}
	return p, err == nil, err
}

// binary handles a binary message.
func (a *assembler) binary(message []byte) (_ packet, complete bool, err error) {
	a.size += len(message)
	switch {
	case a.most == 0:
		return packet{}, false, errNoBinary
	case a.waiting == nil:
		return packet{}, false, errUnexpected
	case a.size > a.limit:
		return packet{}, false, errTooLarge
	}
	a.waiting.received = append(a.waiting.received, bytes.Clone(message))
	if len(a.waiting.received) < a.waiting.attachments {
		return packet{}, false, nil
	}
	p := *a.waiting
	a.waiting = nil
	return p, true, nil
}
