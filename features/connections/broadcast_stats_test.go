package connections_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/connections"
)

func TestBroadcastStats_broadcastsOnlyChanges(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.Socket(s.admin)
	admin.MustSubscribe("connections.stats")

	before, err := s.broadcast(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.broadcast(t.Context(), before); err != nil || again != before {
		t.Errorf("the revision is %q, then %q without a change, error %v", before, again, err)
	}
	_ = s.Socket(auth.User{}).Subscribe("garden.desk")
	if after, err := s.broadcast(t.Context(), before); err != nil || after == before {
		t.Errorf("the revision is still %q after a change, error %v", after, err)
	}
}

func TestStatsChannel_announcesEveryChange(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.Socket(s.admin)
	admin.MustSubscribe("connections.stats")
	waitFor := func(what string, is func(connections.Stats) bool) {
		t.Helper()
		for !is(realtimetest.Next(admin, connections.StatsChannel).Payload) {
		}
	}

	socket := s.Socket(s.user("Grace"))
	waitFor("came", func(c connections.Stats) bool { return c.Users == 2 })
	socket.MustSubscribe("garden.open")
	waitFor("subscribed", func(c connections.Stats) bool { return c.Subscriptions == 2 })
	_ = socket.Subscribe("garden.desk")
	waitFor("was rejected", func(c connections.Stats) bool { return c.Rejections == 1 })
	socket.Disconnect()
	waitFor("went", func(c connections.Stats) bool { return c.Users == 1 && c.Subscriptions == 1 })
}

// Each message makes a page fetch its region, so their rate is bounded.
func TestStatsChannel_announcesAtMostOnceASecond(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin, busy := s.Socket(s.admin), s.Socket(auth.User{})
	admin.MustSubscribe("connections.stats")
	stop := subscribeRepeatedly(t, busy)

	var at []time.Time
	for len(at) < 4 {
		at = append(at, realtimetest.Next(admin, connections.StatsChannel).Meta.At)
	}

	stop()
	// The hub polls every second; on a busy machine, single messages are late.
	if took := at[3].Sub(at[0]); took < 2*time.Second {
		t.Errorf("4 messages in %v, want one a second", took)
	}
}

// subscribeRepeatedly subscribes and unsubscribes a socket until it is stopped.
func subscribeRepeatedly(t *testing.T, socket *realtimetest.Client) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() {
		ticker := time.NewTicker(50 * time.Millisecond) // more would be rejected
		defer ticker.Stop()
		for ctx.Err() == nil {
			if err := errors.Join(socket.Subscribe("garden.open"), socket.Unsubscribe("garden.open")); err != nil {
				t.Errorf("subscribe and unsubscribe: %v", err)
				return
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
	})
	return func() { cancel(); working.Wait() }
}
