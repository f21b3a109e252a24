package realtime_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

// Five hundred clients use every function concurrently while their sessions end and their
// roles change. There are no races, nothing hangs, and nothing is left.
func TestServer_isSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var s *site
	s = open(t, garden{
		onNote: func(ctx context.Context, note Note, _ realtime.Caller) error {
			return openChannel.Broadcast(ctx, s.hub, note)
		},
		onPing: func(ctx context.Context, ping Ping, caller realtime.Caller) error {
			if ping.N%10 == 0 {
				panic("a tenth of all pings")
			}
			return pongChannel.For(caller.UserID).Broadcast(ctx, s.hub, ping)
		},
		mayBed: func(_ context.Context, caller realtime.Caller) error {
			if len(caller.Param("bedId"))+len(caller.Roles) > 3 {
				return errors.New("a defect")
			}
			return nil
		},
	})

	var wg sync.WaitGroup
	for n := range 500 {
		wg.Go(func() {
			user, session := "u"+strconv.Itoa(n%50), "s"+strconv.Itoa(n)
			client, err := realtimetest.TryDial(t, s.URL, s.sessions.signIn(session, user, "editor"))
			if err != nil {
				t.Errorf("dial: %v", err)
				return
			}
			live(t, s, client, user)
			if n%2 == 0 {
				s.hub.SessionEnded(t.Context(), session)
				if err := client.WaitEnd(); !errors.Is(err, realtimetest.ErrDisconnected) {
					t.Errorf("the connection ended with %v", err)
				}
			} else {
				client.Close()
			}
		})
	}
	wg.Wait()

	eventually(t, "no sockets and topics are left", func() bool {
		stats := s.hub.Stats()
		return stats.Sockets == 0 && stats.Users == 0 && len(stats.Subscriptions) == 0
	})
}

// live does what clients do. Only the effects of other clients may reject it.
func live(t *testing.T, s *site, client *realtimetest.Client, user string) {
	topics := []string{"garden.open", "garden.members", "garden.desk", "garden.mine." + user, "garden.bed.1", "garden.bed.123", "garden.pong." + user, "garden.nothing"}
	for range 20 {
		topic := topics[rand.IntN(len(topics))]
		var err error
		switch rand.IntN(6) {
		case 0, 1:
			err = client.Subscribe(topic)
		case 2:
			err = client.Unsubscribe(topic)
		case 3:
			err = client.Emit(topic, Note{Text: "hello"})
		case 4:
			err = client.Emit("garden.ping", Ping{N: rand.Int64N(1000)})
		case 5:
			s.hub.RolesChanged(t.Context(), user, []string{"reader", "editor"}[:rand.IntN(3)])
			_ = s.hub.Stats()
		}
		if _, rejected := errors.AsType[*realtime.Rejection](err); err != nil && !rejected {
			t.Errorf("%s: %v", topic, err)
			return
		}
	}
	if err := client.Sync(); err != nil {
		t.Error(fmt.Errorf("at the end: %w", err))
	}
}
