package socketio

import (
	"fmt"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Clients that stop reading are cut off within the limit, for being slow;
// those beside them get everything, in order and in time, and what is held for
// a deaf client never exceeds the limit. The test is not parallel because it
// looks at the memory.
func TestSlow_clientsThatDoNotReadAreCutOff(t *testing.T) {
	const deaf, messages, limit = 20, 1_000, 256 << 10
	options := patient()
	options.MaxQueued, options.WriteTimeout = limit, 20*time.Second
	r := startRig(t, options)
	for range deaf {
		r.dialDeaf()
	}
	others := r.all()
	for _, c := range others {
		_ = c.network.(*net.TCPConn).SetWriteBuffer(16 << 10)
	}
	reader := r.dial()
	reading := r.all()[deaf]
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	filling := strings.Repeat("x", 4_000)

	slowest := time.Duration(0)
	for i := range messages {
		frame := NewEvent("n", raw(strconv.Itoa(i)), raw(`"`+filling+`"`))
		started := time.Now()
		for _, c := range append(others[:deaf:deaf], reading) {
			c.Send(frame)
		}
		if err := expect(reader, fmt.Sprintf(`42["n",%d,"`, i)); err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, time.Since(started))
		for _, c := range others {
			c.mu.Lock()
			held := c.out.bytes
			c.mu.Unlock()
			if held > limit {
				t.Fatalf("%d bytes wait for a deaf client, limit %d", held, limit)
			}
		}
	}

	waitUntil(t, "all that do not read are gone", func() error {
		if n := r.server.Connections(); n != 1 {
			return fmt.Errorf("%d connections", n)
		}
		return nil
	})
	for _, c := range others {
		c.mu.Lock()
		if c.reason != ReasonSlow {
			t.Errorf("ended as %s", c.reason)
		}
		c.mu.Unlock()
	}
	if n := r.server.Counts().Closed[ReasonSlow]; n != deaf {
		t.Errorf("%d are counted as slow, want %d", n, deaf)
	}
	var after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("%d KB are left of them", grown>>10)
	}
	t.Logf("slowest message of the one that reads: %v", slowest)
}

func TestSlow_aWriteThatTakesTooLongEndsTheConnection(t *testing.T) {
	t.Parallel()
	options := patient()
	options.MaxQueued, options.WriteTimeout = 1<<30, 100*time.Millisecond
	r := startRig(t, options)
	r.dialDeaf()
	server := r.all()[0]
	_ = server.network.(*net.TCPConn).SetWriteBuffer(16 << 10)

	for range 1_000 {
		server.Send(NewEvent("x", raw(`"`+strings.Repeat("x", 4_000)+`"`)))
	}

	if reason := r.wait(); reason != ReasonSlow {
		t.Errorf("ended as %s, want slow", reason)
	}
}

// One frame larger than the limit goes out to a client that keeps up: the limit
// is on what waits.
func TestSlow_aLargeFrameIsNoReason(t *testing.T) {
	t.Parallel()
	options := patient()
	options.MaxQueued = 1 << 10
	r := startRig(t, options)
	c := r.dial()

	r.all()[0].Send(NewEvent("x", raw(`"`+strings.Repeat("x", 1<<20)+`"`)))

	if err := expect(c, `42["x"`); err != nil {
		t.Error(err)
	}
}
