package socketio

import (
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// This file implements the server side of the websocket protocol (RFC 6455), without
// extensions and subprotocols. It does no I/O.

type opcode byte

const (
	opContinue opcode = 0
	opText     opcode = 1
	opBinary   opcode = 2
	opClose    opcode = 8
	opPing     opcode = 9
	opPong     opcode = 10
)

func (o opcode) isControl() bool { return o >= opClose }

// The codes of close frames.
const (
	closeNormal    = 1000
	closeGoingAway = 1001
	closeProtocol  = 1002
	closeInvalid   = 1007 // text that is not UTF-8
	closePolicy    = 1008
	closeTooLarge  = 1009
)

const maxControlPayload = 125

// wireError is a violation of the websocket protocol, with the code of the close frame
// that the client gets.
type wireError struct {
	code int
	text string
}

func (e *wireError) Error() string { return e.text }

var (
	errReserved     = &wireError{closeProtocol, "reserved bits are set"}
	errOpcode       = &wireError{closeProtocol, "unknown opcode"}
	errUnmasked     = &wireError{closeProtocol, "a frame is not masked"}
	errLength       = &wireError{closeProtocol, "a length is not in its shortest form"}
	errControl      = &wireError{closeProtocol, "a control frame is fragmented or too long"}
	errContinuation = &wireError{closeProtocol, "a continuation frame without a message"}
	errInterleaved  = &wireError{closeProtocol, "a new message before the end of the previous one"}
	errCloseFrame   = &wireError{closeProtocol, "an invalid close frame"}
	errNotText      = &wireError{closeInvalid, "text that is not UTF-8"}
	errFragments    = &wireError{closePolicy, "a message has too many fragments"}
	errTooLarge     = &wireError{closeTooLarge, "a message is too large"}
)

// frameReader assembles messages from the bytes that arrive. It allocates memory only
// for bytes that have arrived, not for announced lengths, and keeps at most one message
// of the maximum size.
type frameReader struct {
	limit int // bytes of a message

	pending []byte // the beginning of a frame
	partial []byte // the fragments of a message so far
	frames  int    // their number
	kind    opcode // of that message; 0 for none
}

// A message may have fragments of fragmentBytes on average, and some more. Fragments
// without content would be a message that never ends.
const (
	fragmentBytes = 64
	moreFragments = 100
)

// feed reads the next bytes and calls deliver for each complete message and control
// frame. It modifies data. Payloads are valid only during the call of deliver. An error
// ends the stream.
func (r *frameReader) feed(data []byte, deliver func(opcode, []byte) error) error {
	if len(r.pending) > 0 {
		r.pending = append(r.pending, data...)
		data = r.pending
	}
	for len(data) > 0 {
		frame, size, err := r.next(data)
		if err != nil {
			return err
		}
		if size == 0 {
			break
		}
		if err := r.take(frame, deliver); err != nil {
			return err
		}
		data = data[size:]
	}
	if len(data) == 0 {
		r.pending = nil
		return nil
	}
	r.pending = append(r.pending[:0], data...) // data may be part of pending
	return nil
}

// wireFrame is one frame, unmasked.
type wireFrame struct {
	kind    opcode
	final   bool
	payload []byte
}

// next reads a frame from the beginning of data. Its size is 0 if the frame is
// incomplete.
func (r *frameReader) next(data []byte) (frame wireFrame, size int, err error) {
	if len(data) < 2 {
		return wireFrame{}, 0, nil
	}
	frame.kind, frame.final = opcode(data[0]&0xf), data[0]&0x80 != 0
	length, header, err := r.head(data, frame)
	if err != nil || header == 0 || len(data)-header < length {
		return wireFrame{}, 0, err
	}
	key := [4]byte(data[header-4 : header])
	frame.payload = data[header : header+length]
	unmask(frame.payload, key)
	return frame, header + length, nil
}

// head checks the header of a frame as far as it has arrived. The returned size is 0 if
// the header is incomplete.
func (r *frameReader) head(data []byte, frame wireFrame) (length, header int, err error) {
	if data[0]&0x70 != 0 {
		return 0, 0, errReserved
	}
	switch frame.kind {
	case opContinue, opText, opBinary, opClose, opPing, opPong:
	default:
		return 0, 0, errOpcode
	}
	if data[1]&0x80 == 0 {
		return 0, 0, errUnmasked
	}
	length, header = int(data[1]&0x7f), 2
	if frame.kind.isControl() && (!frame.final || length > maxControlPayload) {
		return 0, 0, errControl
	}
	switch {
	case length == 126 && len(data) >= 4:
		length, header = int(binary.BigEndian.Uint16(data[2:])), 4
		if length < 126 {
			return 0, 0, errLength
		}
	case length == 127 && len(data) >= 10:
		long := binary.BigEndian.Uint64(data[2:])
		if long < 1<<16 || long>>63 != 0 {
			return 0, 0, errLength
		}
		if long > uint64(r.limit) {
			return 0, 0, errTooLarge
		}
		length, header = int(long), 10
	case length >= 126:
		return 0, 0, nil
	}
	if !frame.kind.isControl() && length > r.limit-len(r.partial) {
		return 0, 0, errTooLarge
	}
	if len(data) < header+4 {
		return 0, 0, nil
	}
	return length, header + 4, nil
}

func (r *frameReader) take(frame wireFrame, deliver func(opcode, []byte) error) error {
	switch {
	case frame.kind == opClose:
		if !isClosePayload(frame.payload) {
			return errCloseFrame
		}
		return deliver(opClose, frame.payload)
	case frame.kind.isControl():
		return deliver(frame.kind, frame.payload)
	case frame.kind == opContinue && r.kind == 0:
		return errContinuation
	case frame.kind != opContinue && r.kind != 0:
		return errInterleaved
	case frame.kind != opContinue && frame.final:
		return deliverMessage(frame.kind, frame.payload, deliver)
	}
	if frame.kind != opContinue {
		r.kind = frame.kind
	}
	r.partial = append(r.partial, frame.payload...)
	if r.frames++; r.frames > moreFragments+len(r.partial)/fragmentBytes {
		return errFragments
	}
	if !frame.final {
		return nil
	}
	kind, message := r.kind, r.partial
	r.kind, r.partial, r.frames = 0, nil, 0
	return deliverMessage(kind, message, deliver)
}

func deliverMessage(kind opcode, message []byte, deliver func(opcode, []byte) error) error {
	if kind == opText && !utf8.Valid(message) {
		return errNotText
	}
	return deliver(kind, message)
}

// isClosePayload reports whether the payload of a close frame is empty, or has a valid
// code and reason.
func isClosePayload(payload []byte) bool {
	if len(payload) == 0 {
		return true
	}
	if len(payload) == 1 || !utf8.Valid(payload[2:]) {
		return false
	}
	switch code := binary.BigEndian.Uint16(payload); {
	case code < 1000, code >= 5000:
		return false
	case code == 1004, code == 1005, code == 1006, code == 1015:
		return false
	case code > 1014 && code < 3000:
		return false
	default:
		return true
	}
}

func unmask(payload []byte, key [4]byte) {
	k := uint64(binary.LittleEndian.Uint32(key[:]))
	k |= k << 32
	for len(payload) >= 8 {
		binary.LittleEndian.PutUint64(payload, binary.LittleEndian.Uint64(payload)^k)
		payload = payload[8:]
	}
	for i := range payload {
		payload[i] ^= key[i&3]
	}
}

// maxHead is the maximum size of a server frame's header.
const maxHead = 10

// appendHead appends the header of an unfragmented message.
func appendHead(b []byte, kind opcode, length int) []byte {
	b = append(b, 0x80|byte(kind))
	switch {
	case length < 126:
		return append(b, byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(b, 127), uint64(length))
	}
}

func appendFrame(b []byte, kind opcode, payload []byte) []byte {
	return append(appendHead(b, kind, len(payload)), payload...)
}

func controlFrame(kind opcode, payload []byte) Frame {
	return Frame{appendFrame(nil, kind, payload)}
}

func closeFrame(code int, text string) Frame {
	return controlFrame(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), text...))
}

// frameInPlace makes a text frame from a buffer whose first maxHead bytes are unused.
func frameInPlace(b []byte) Frame {
	var head [maxHead]byte
	begin := appendHead(head[:0], opText, len(b)-maxHead)
	at := maxHead - len(begin)
	copy(b[at:], begin)
	return Frame{b[at:]}
}

// codeOf returns the code and text of the close frame for an error.
func codeOf(err error) (code int, text string) {
	var wire *wireError
	if errors.As(err, &wire) {
		return wire.code, wire.text
	}
	return closePolicy, err.Error()
}
