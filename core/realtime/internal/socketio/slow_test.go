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

// Clients that stop reading are disconnected as slow, and their outboxes never exceed
// the limit. Other clients get everything in order and in time. The test is not parallel
// because it measures memory.
func TestSlowClients_areDisconnected(t *testing.T) {
	const slow, messages, limit = 20, 1_000, 256 << 10
	options := longTimeouts()
	options.MaxQueued, options.WriteTimeout = limit, 20*time.Second
	r := startRig(t, options)
	for range slow {
		r.dialSlow()
	}
	others := r.all()
	for _, c := range others {
		_ = c.network.(*net.TCPConn).SetWriteBuffer(16 << 10)
	}
	reader := r.dial()
	reading := r.all()[slow]
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	filling := strings.Repeat("x", 4_000)

	slowest := time.Duration(0)
	for i := range messages {
		frame := NewEvent("n", raw(strconv.Itoa(i)), raw(`"`+filling+`"`))
		started := time.Now()
		for _, c := range append(others[:slow:slow], reading) {
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
				t.Fatalf("%d bytes are queued for a slow client, limit %d", held, limit)
			}
		}
	}

	waitUntil(t, "the slow clients are disconnected", func() error {
		if n := r.server.Connections(); n != 1 {
			return fmt.Errorf("%d connections", n)
		}
		return nil
	})
	for _, c := range others {
		c.mu.Lock()
		if c.reason != ReasonSlow {
			t.Errorf("ended as %s, want %s", c.reason, ReasonSlow)
		}
		c.mu.Unlock()
	}
	if n := r.server.Counts().Closed[ReasonSlow]; n != slow {
		t.Errorf("%d connections are counted as slow, want %d", n, slow)
	}
	var after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("%d KB more memory than before, want at most 4 MB", grown>>10)
	}
	t.Logf("slowest message of the client that reads: %v", slowest)
}

// On one processor, the writers do not run before the sender pauses. The test is not
// parallel because it changes the number of processors.
func TestSlowClients_areNotThoseOfABurstOnOneProcessor(t *testing.T) {
	const messages = 10_000
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	r := startRig(t, longTimeouts())
	c := r.dial()
	server := r.all()[0]
	filling := raw(`"` + strings.Repeat("x", 200) + `"`)

	for i := range messages {
		server.Send(NewEvent("n", raw(strconv.Itoa(i)), filling))
	}

	for i := range messages {
		if err := expect(c, fmt.Sprintf(`42["n",%d,`, i)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSlowClients_areDisconnectedAfterTheWriteTimeout(t *testing.T) {
	t.Parallel()
	options := longTimeouts()
	options.MaxQueued, options.WriteTimeout = 1<<30, 100*time.Millisecond
	r := startRig(t, options)
	r.dialSlow()
	server := r.all()[0]
	_ = server.network.(*net.TCPConn).SetWriteBuffer(16 << 10)

	for range 1_000 {
		server.Send(NewEvent("x", raw(`"`+strings.Repeat("x", 4_000)+`"`)))
	}

	if reason := r.wait(); reason != ReasonSlow {
		t.Errorf("ended as %s, want slow", reason)
	}
}

// A client that was slow once and recovered stays connected: the deadline of its slow
// writes doesn't apply to later ones.
func TestSlowClients_stayConnectedAfterTheyRecover(t *testing.T) {
	t.Parallel()
	const messages = 100
	options := longTimeouts()
	options.MaxQueued, options.WriteTimeout = 1<<30, 2*time.Second
	r := startRig(t, options)
	c := r.dialSlow()
	server := r.all()[0]
	_ = server.network.(*net.TCPConn).SetWriteBuffer(16 << 10)
	filling := strings.Repeat("x", 10_000)
	for i := range messages {
		server.Send(NewEvent("n", raw(strconv.Itoa(i)), raw(`"`+filling+`"`)))
	}
	waitUntil(t, "a write blocks", func() error {
		server.mu.Lock()
		defer server.mu.Unlock()
		if server.out.state != outboxStalled {
			return fmt.Errorf("state %d", server.out.state)
		}
		return nil
	})
	for i := range messages {
		if err := expect(c, fmt.Sprintf(`42["n",%d,"`, i)); err != nil {
			t.Fatal(err)
		}
	}

	for recovered := time.Now(); time.Since(recovered) < options.WriteTimeout+options.WriteTimeout/4; {
		server.Send(NewEvent("later"))
		if err := expect(c, `42["later"]`); err != nil {
			t.Fatalf("%v after it recovered: %v", time.Since(recovered), err)
		}
	}
}

// A frame larger than the limit is sent to a client that keeps up, because the limit
// applies only to queued frames.
func TestSlowClients_excludeThoseThatGetOneLargeFrame(t *testing.T) {
	t.Parallel()
	options := longTimeouts()
	options.MaxQueued = 1 << 10
	r := startRig(t, options)
	c := r.dial()

	r.all()[0].Send(NewEvent("x", raw(`"`+strings.Repeat("x", 1<<20)+`"`)))

	if err := expect(c, `42["x"`); err != nil {
		t.Error(err)
	}
}
