package socketio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// clientFrame returns a frame as a client sends it.
func clientFrame(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	key := [4]byte{1, 2, 3, 4}
	b = append(b, key[:]...)
	at := len(b)
	b = append(b, payload...)
	unmask(b[at:], key)
	return b
}

const (
	finText    = 0x80 | byte(opText)
	finContent = 0x80 | byte(opContinue)
)

// readAll feeds a stream in parts of the given size and returns the messages.
func readAll(stream []byte, limit, part int) (messages []string, err error) {
	r := frameReader{limit: limit}
	deliver := func(kind opcode, payload []byte) error {
		messages = append(messages, fmt.Sprintf("%d:%s", kind, payload))
		return nil
	}
	for chunk := range slices.Chunk(bytes.Clone(stream), max(1, part)) {
		if err = r.feed(chunk, deliver); err != nil {
			return messages, err
		}
	}
	return messages, nil
}

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

func TestFrames_areReadInPartsOfAnySize(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 40_000)
	stream := join(
		clientFrame(finText, "one"),
		clientFrame(byte(opText), "tw"), clientFrame(0x80|byte(opPing), "are you there"), clientFrame(byte(opContinue), ""), clientFrame(finContent, "o"),
		clientFrame(finText, long),
		clientFrame(0x80|byte(opBinary), "\x00\xff"),
		clientFrame(finText, ""),
		clientFrame(0x80|byte(opClose), "\x03\xe8good-bye"),
	)
	want := []string{"1:one", "9:are you there", "1:two", "1:" + long, "2:\x00\xff", "1:", "8:\x03\xe8good-bye"}

	for _, part := range []int{1, 2, 3, 7, 125, 4096, len(stream)} {
		messages, err := readAll(stream, 1<<20, part)
		if err != nil || !slices.Equal(messages, want) {
			t.Errorf("in parts of %d: %.200q %v", part, messages, err)
		}
	}
}

func TestFrames_endTheStreamIfInvalid(t *testing.T) {
	t.Parallel()
	unmasked := clientFrame(finText, "x")
	unmasked[1] &^= 0x80
	tests := map[string]struct {
		stream []byte
		want   error
	}{
		"reserved bit":                     {clientFrame(finText|0x40, "x"), errReserved},
		"unknown opcode":                   {clientFrame(0x80|3, "x"), errOpcode},
		"unknown control opcode":           {clientFrame(0x80|11, "x"), errOpcode},
		"no mask":                          {unmasked, errUnmasked},
		"fragmented ping":                  {clientFrame(byte(opPing), "x"), errControl},
		"long ping":                        {clientFrame(0x80|byte(opPing), strings.Repeat("x", 126)), errControl},
		"16 bits for a short length":       {[]byte{finText, 0x80 | 126, 0, 5, 1, 2, 3, 4}, errLength},
		"64 bits for a short length":       {[]byte{finText, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}, errLength},
		"a negative length":                {[]byte{finText, 0x80 | 127, 0xff, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}, errLength},
		"an enormous length":               {[]byte{finText, 0x80 | 127, 0x7f, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}, errTooLarge},
		"a length over the limit":          {[]byte{finText, 0x80 | 126, 4, 1}, errTooLarge},
		"fragments over the limit":         {join(clientFrame(byte(opText), strings.Repeat("x", 1000)), clientFrame(finContent, strings.Repeat("x", 25))), errTooLarge},
		"fragments without content":        {join(clientFrame(byte(opText), "x"), bytes.Repeat(clientFrame(byte(opContinue), ""), 101)), errFragments},
		"a continuation without a message": {clientFrame(finContent, "x"), errContinuation},
		"a message within another":         {join(clientFrame(byte(opText), "x"), clientFrame(finText, "y")), errInterleaved},
		"not UTF-8":                        {clientFrame(finText, "\xc3\x28"), errNotText},
		"not UTF-8 in fragments":           {join(clientFrame(byte(opText), "\xc3"), clientFrame(finContent, "\x28")), errNotText},
		"a close of one byte":              {clientFrame(0x80|byte(opClose), "x"), errCloseFrame},
		"a close with an invalid code":     {clientFrame(0x80|byte(opClose), "\x03\xedx"), errCloseFrame},
		"a close that is not UTF-8":        {clientFrame(0x80|byte(opClose), "\x03\xe8\xff"), errCloseFrame},
	}
	for name, test := range tests {
		for _, part := range []int{1, len(test.stream)} {
			if messages, err := readAll(test.stream, 1024, part); !errors.Is(err, test.want) || len(messages) > 0 {
				t.Errorf("%s in parts of %d: got %q, error %v, want %v", name, part, messages, err, test.want)
			}
		}
	}
}

func TestFrames_allocateOnlyForArrivedBytes(t *testing.T) {
	t.Parallel()
	r := frameReader{limit: 1 << 30}

	err := r.feed([]byte{finText, 0x80 | 127, 0, 0, 0, 0, 0x3f, 0, 0, 0, 1, 2, 3, 4, 'x'}, nil)

	if err != nil || cap(r.pending) > 100 {
		t.Errorf("allocated %d bytes for 15 of an announced gigabyte, error %v", cap(r.pending), err)
	}
}

// The messages do not depend on the parts in which a stream arrives, and respect the
// limit. Seeds are in testdata.
func FuzzFrames(f *testing.F) {
	f.Add(clientFrame(finText, "hello"), byte(1))
	f.Add(join(clientFrame(byte(opText), "a"), clientFrame(0x80|byte(opPing), "p"), clientFrame(finContent, "b")), byte(3))
	f.Add(clientFrame(0x80|byte(opClose), "\x03\xe8"), byte(2))
	f.Add([]byte{finText, 0x80 | 127, 0x7f, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}, byte(5))
	f.Add(join(clientFrame(finText, strings.Repeat("x", 200)), clientFrame(0x80|byte(opBinary), strings.Repeat("y", 3000))), byte(250))
	f.Fuzz(func(t *testing.T, stream []byte, part byte) {
		const limit = 2048
		whole, wholeErr := readAll(stream, limit, len(stream))
		parts, partsErr := readAll(stream, limit, int(part))
		if !slices.Equal(whole, parts) || !errors.Is(partsErr, wholeErr) {
			t.Fatalf("in one part %q %v, in parts of %d %q %v", whole, wholeErr, part, parts, partsErr)
		}
		for _, message := range whole {
			if len(message) > limit+3 {
				t.Fatalf("a message of %d bytes, limit %d", len(message), limit)
			}
		}
	})
}

func TestServerFrames_haveTheShortestHeader(t *testing.T) {
	t.Parallel()
	for size, head := range map[int]string{
		0: "\x81\x00", 1: "\x81\x01", 125: "\x81\x7d", 126: "\x81\x7e\x00\x7e", 65_535: "\x81\x7e\xff\xff", 65_536: "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00",
	} {
		payload := strings.Repeat("x", size)
		if got := frameInPlace(append(make([]byte, maxHead), payload...)); string(got.data) != head+payload {
			t.Errorf("%d bytes begin with %x, want %x", size, got.data[:min(12, len(got.data))], head)
		}
	}
}
