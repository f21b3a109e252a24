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

// A browser that stops reading is disconnected when its queue is full. Others still
// receive everything.
func TestLimits_disconnectBrowsersThatDoNotRead(t *testing.T) {
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
	slow, _, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slow.Close() })
	for _, frame := range []string{"40", `42["subscribe","garden.open"]`} {
		if err := slow.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "both have subscribed", func() bool { return s.hub.Subscribers("garden.open") == 2 })

	sent := 0
	for deadline := time.Now().Add(time.Minute); s.hub.Stats().Sockets == 2; sent++ {
		if time.Now().After(deadline) {
			t.Fatalf("no client was disconnected after %d messages", sent)
		}
		broadcast(t, s.hub, sent)
		if sent%100 == 99 { // let the other client catch up
			receiveUpTo(t, other, sent-99, sent)
		}
	}

	receiveUpTo(t, other, sent-sent%100, sent-1)
	eventually(t, "the slow client is disconnected", func() bool { return s.hub.Subscribers("garden.open") == 1 })
}

func receiveUpTo(t *testing.T, client *realtimetest.Client, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		if received := realtimetest.Next(client, openChannel); received.Payload.N != n {
			t.Fatalf("received %d, want %d", received.Payload.N, n)
		}
	}
}

// Stop notifies all of many sockets before its deadline.
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
