package realtime_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

// A browser with a session connects (gate 1), subscribes (gate 2), sends a ping (gates 3
// and 4) and receives the pong.
func TestServer_handlesAPingAndBroadcastsThePong(t *testing.T) {
	t.Parallel()
	var s *site
	s = open(t, garden{onPing: func(ctx context.Context, ping Ping, caller realtime.Caller) error {
		return pongChannel.For(caller.UserID).Broadcast(ctx, s.hub, ping)
	}})
	client := s.dial(s.sessions.signIn("s1", "ada"))
	client.MustSubscribe("garden.pong.ada")

	if err := client.Emit("garden.ping", Ping{N: 7}); err != nil {
		t.Fatalf("ping: %v", err)
	}

	received := realtimetest.Next(client, pongChannel.For("ada"))
	if received.Payload.N != 7 {
		t.Errorf("pong %d, want 7", received.Payload.N)
	}
	if received.Meta.ID == "" || time.Since(received.Meta.At) > time.Minute {
		t.Errorf("metadata %+v, want an id and the current time", received.Meta)
	}
}

func TestStop_asksEveryClientToReconnect(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	clients := []*realtimetest.Client{s.visitor(), s.dial(s.sessions.signIn("s1", "ada"))}
	silent := rawDial(t, s.URL) // has not sent CONNECT
	for _, client := range clients {
		client.MustSubscribe("garden.open")
	}
	broadcast(t, s.hub, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()

	if err := s.server.Stop(ctx); err != nil {
		t.Fatal(err)
	}

	for _, client := range clients {
		realtimetest.Next(client, openChannel) // messages from before the stop arrive
		client.WaitClosed(realtime.ClosedRestart)
	}
	silent.expectEnd()
	if rejected := realtimetest.DialRejected(t, s.URL, nil); rejected.Status != http.StatusServiceUnavailable || rejected.Code != "unavailable" {
		t.Errorf("a connection after the stop: %+v, want 503 unavailable", rejected)
	}
	if n := s.hub.Stats().Sockets; n != 0 {
		t.Errorf("%d sockets are left, want none", n)
	}
	if err := s.server.Start(t.Context()); err == nil {
		t.Error("Start of a stopped server returned no error")
	}
}

func TestStop_waitsForHandlersAndRejectsMessages(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}), make(chan struct{})
	s := open(t, garden{onPing: func(ctx context.Context, _ Ping, _ realtime.Caller) error {
		close(started)
		<-release
		return ctx.Err()
	}})
	busy, other := s.visitor(), s.visitor()
	answered := make(chan error, 1)
	go func() { answered <- busy.Emit("garden.ping", Ping{}) }()
	<-started
	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		stopped <- s.server.Stop(ctx)
	}()

	eventually(t, "messages are rejected", func() bool {
		return errors.Is(other.Emit("garden.ping", Ping{}), fault.Unavailable)
	})
	close(release)

	if err := <-answered; err != nil {
		t.Errorf("the message being handled: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestStop_returnsBeforeItsDeadline(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	s := open(t, garden{onPing: func(ctx context.Context, _ Ping, _ realtime.Caller) error {
		close(started)
		<-ctx.Done()
		return ctx.Err()
	}})
	client := s.visitor()
	unresponsive := rawDial(t, s.URL) // does not close after the disconnect packet
	unresponsive.send(`40`)
	unresponsive.expect(`40.*`)
	if err := client.Write(`42["garden.ping",{"n":1}]`); err != nil {
		t.Fatal(err)
	}
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	began := time.Now()

	err := s.server.Stop(ctx)

	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("Stop took %v", took)
	}
	if err == nil || !strings.Contains(err.Error(), "handlers are still running") {
		t.Errorf("stop: %v, want an error about running handlers", err)
	}
	client.WaitClosed(realtime.ClosedRestart)
	unresponsive.expectEnd()
}
