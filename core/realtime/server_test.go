package realtime_test

import (
	"context"
	"testing"
	"time"

	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

// A browser with a session connects (gate 1), subscribes (gate 2), sends a ping
// and hears the pong.
func TestServer_carriesAPingAndItsPong(t *testing.T) {
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

	heard := realtimetest.Next(client, pongChannel.For("ada"))
	if heard.Payload.N != 7 {
		t.Errorf("pong %d, want 7", heard.Payload.N)
	}
	if heard.Meta.ID == "" || time.Since(heard.Meta.At) > time.Minute {
		t.Errorf("metadata %+v, want an id and the present time", heard.Meta)
	}
}
