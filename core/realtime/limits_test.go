package realtime_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

func TestLimits_closeConnectionsThatSendLargeFrames(t *testing.T) {
	t.Parallel()
	s := open(t, garden{}, limits(func(l *realtime.Limits) { l.FrameBytes = 1000 }))
	client := s.visitor()

	if err := client.EmitJSON("garden.ping", `{"n":1`+strings.Repeat(" ", 900)+`}`); err != nil {
		t.Errorf("a frame within the limit: %v", err)
	}
	if err := client.EmitJSON("garden.ping", `{"n":1`+strings.Repeat(" ", 1000)+`}`); err == nil {
		t.Error("a frame over the limit was acknowledged")
	}

	if err := client.WaitEnd(); err == nil {
		t.Error("the connection is still open")
	}
	eventually(t, "the socket is closed", func() bool { return s.hub.Stats().Sockets == 0 })
}

func TestLimits_rejectTooManySubscriptionsOfASocket(t *testing.T) {
	t.Parallel()
	s := open(t, garden{}, limits(func(l *realtime.Limits) { l.SubscriptionsPerSocket = 3 }))
	client := s.visitor()
	client.MustSubscribe("garden.bed.1", "garden.bed.2", "garden.bed.3", "garden.bed.3")

	if err := client.Subscribe("garden.bed.4"); !errors.Is(err, fault.TooMany) {
		t.Errorf("a fourth topic: %v, want too_many", err)
	}
	if err := client.Unsubscribe("garden.bed.1"); err != nil {
		t.Fatal(err)
	}
	client.MustSubscribe("garden.bed.4")
	s.visitor().MustSubscribe("garden.bed.1")
}

func TestLimits_rejectTooManyEventsOfASocket(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := open(t, garden{}, limits(func(l *realtime.Limits) { l.EventsPerSecond, l.EventBurst = 10, 5 }), clock.option)
	client, other := s.visitor(), s.visitor()
	for n := range 5 {
		if err := client.Emit("garden.ping", Ping{N: int64(n)}); err != nil {
			t.Fatalf("event %d: %v", n, err)
		}
	}

	if err := client.Emit("garden.ping", Ping{}); !errors.Is(err, fault.TooMany) {
		t.Errorf("a sixth event at once: %v, want too_many", err)
	}
	if err := other.Emit("garden.ping", Ping{}); err != nil {
		t.Errorf("another socket: %v", err)
	}

	clock.advance(1)
	if err := client.Emit("garden.ping", Ping{}); err != nil {
		t.Errorf("a little later: %v", err)
	}
}

func TestLimits_disconnectFloodingClients(t *testing.T) {
	t.Parallel()
	s := open(t, garden{}, limits(func(l *realtime.Limits) { l.EventsPerSecond, l.EventBurst = 10, 5 }), newClock().option)
	client := s.visitor()
	for range 11 {
		if err := client.Write(`42["garden.ping",{"n":1}]`); err != nil {
			t.Fatal(err)
		}
	}
	client.WaitClosed(realtime.ClosedTooMany)
}

func TestLimits_rejectTooManyQueuedMessages(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	started := make(chan struct{}, 20)
	s := open(t, garden{onPing: func(context.Context, Ping, realtime.Caller) error {
		started <- struct{}{}
		<-release
		return nil
	}}, limits(func(l *realtime.Limits) { l.EventBurst, l.EventsPerSecond = 5, 1_000_000 }))
	client := s.visitor()
	if err := client.Write(`42["garden.ping",{"n":1}]`); err != nil {
		t.Fatal(err)
	}
	<-started
	for range 5 {
		if err := client.Write(`42["garden.ping",{"n":1}]`); err != nil {
			t.Fatal(err)
		}
	}

	err := client.Emit("garden.ping", Ping{})

	if !errors.Is(err, fault.TooMany) {
		t.Errorf("the seventh message while one is being handled: %v, want too_many", err)
	}
	close(release)
	for range 5 {
		<-started // Sync would be rejected, too, while the queue is full
	}
	if err := client.Sync(); err != nil {
		t.Error(err)
	}
}

func TestLimits_rejectTooManySocketsOfASession(t *testing.T) {
	t.Parallel()
	s := open(t, garden{}, limits(func(l *realtime.Limits) { l.SocketsPerSession = 2 }))
	header := s.sessions.signIn("s1", "ada")
	first := s.dial(header)
	s.dial(header)

	if rejected := realtimetest.DialRejected(t, s.URL, header); rejected.Code != "too_many" {
		t.Errorf("a third socket: %+v, want too_many", rejected)
	}
	s.dial(s.sessions.signIn("s2", "ada"))
	s.visitor()

	first.Disconnect()
	eventually(t, "another connection is accepted", func() bool {
		_, err := realtimetest.TryDial(t, s.URL, header)
		return err == nil
	})
}

func TestLimits_rejectTooManyConnectionsOfAnAddress(t *testing.T) {
	t.Parallel()
	s := open(t, garden{}, limits(func(l *realtime.Limits) { l.SocketsPerAddress = 3 }))
	s.visitor()
	s.visitor()
	third := s.visitor()

	if rejected := realtimetest.DialRejected(t, s.URL, nil); rejected.Status != http.StatusTooManyRequests || rejected.Code != "too_many" {
		t.Errorf("a fourth connection: %+v, want 429 too_many", rejected)
	}

	third.Close()
	eventually(t, "another connection is accepted", func() bool {
		client, err := realtimetest.TryDial(t, s.URL, nil)
		if err != nil {
			return false
		}
		client.Close()
		return true
	})
}

func TestLimits_closeConnectionsWithoutAHandshake(t *testing.T) {
	t.Parallel()
	s := open(t, garden{}, limits(func(l *realtime.Limits) { l.ConnectTimeout, l.SocketsPerAddress = time.Second, 1 }))
	conn := rawDial(t, s.URL)

	if err := conn.waitEnd(); err == nil {
		t.Error("the connection is still open")
	}

	eventually(t, "another connection is accepted", func() bool {
		conn, err := tryRawDial(t, s.URL)
		if err == nil {
			conn.close()
		}
		return err == nil
	})
}

func TestLimits_areUnlimitedIfNegative(t *testing.T) {
	t.Parallel()
	s := open(t, garden{}, limits(func(l *realtime.Limits) {
		*l = realtime.Limits{FrameBytes: -1, SubscriptionsPerSocket: -1, EventsPerSecond: -1, EventBurst: -1, SocketsPerSession: -1, SocketsPerAddress: -1}
	}))
	client := s.visitor()
	for n := range 200 {
		client.MustSubscribe("garden.bed." + strconv.Itoa(n))
	}
	if err := client.EmitJSON("garden.ping", `{"n":1`+strings.Repeat(" ", 1<<20)+`}`); err != nil {
		t.Error(err)
	}
}
