package realtime_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

// A browser that stops reading is cut off when more waits for it than may; the
// others hear everything meanwhile.
func TestLimits_aBrowserThatDoesNotReadIsDisconnected(t *testing.T) {
	t.Parallel()
	s := open(t, garden{}, limits(func(l *realtime.Limits) { l.QueuedBytes = 64 << 10 }))
	other := s.visitor()
	other.MustSubscribe("garden.open")
	dialer := websocket.Dialer{NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4096)
		}
		return conn, err
	}}
	deaf, _, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = deaf.Close() })
	for _, frame := range []string{"40", `42["subscribe","garden.open"]`} {
		if err := deaf.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "both hear the topic", func() bool { return s.hub.Subscribers("garden.open") == 2 })

	said := 0
	for deadline := time.Now().Add(time.Minute); s.hub.Stats().Sockets == 2; said++ {
		if time.Now().After(deadline) {
			t.Fatalf("after %d messages nobody is cut off", said)
		}
		say(t, s.hub, said)
		if said%100 == 99 { // the other is given time, and must use it
			hearUpTo(t, other, said-99, said)
		}
	}

	hearUpTo(t, other, said-said%100, said-1)
	eventually(t, "the deaf one hears nothing any more", func() bool { return s.hub.Subscribers("garden.open") == 1 })
}

func hearUpTo(t *testing.T, client *realtimetest.Client, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		if heard := realtimetest.Next(client, openChannel); heard.Payload.N != n {
			t.Fatalf("heard %d, want %d", heard.Payload.N, n)
		}
	}
}

// A server that stops tells every one of many sockets, within its time.
func TestStop_notifiesManySocketsInTime(t *testing.T) {
	t.Parallel()
	const n = 300
	s := open(t, garden{})
	clients := make([]*realtimetest.Client, n)
	for i := range clients {
		clients[i] = s.visitor()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- s.server.Stop(ctx) }()

	for _, client := range clients {
		client.WaitClosed(realtime.ClosedRestart)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
