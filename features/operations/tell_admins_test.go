package operations_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/operations"
)

// unavailable is a storage whose database is gone.
type unavailable struct{ accounts.Users }

func (unavailable) FindMany(context.Context, []string) ([]accounts.User, error) {
	return nil, fault.Unavailable
}

func TestTellAdmins_onlyIfOneLooks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	rec := realtimetest.NewRecorder()
	tell := operations.NewTellAdmins(s.Hub, rec)
	s.Socket(s.user("Grace")).MustSubscribe("garden.open")

	if err := tell(t.Context()); err != nil {
		t.Fatalf("TellAdmins: %v", err)
	}
	if told := realtimetest.Broadcasts(rec, operations.ConnectionsChannel); len(told) != 0 {
		t.Errorf("told %+v while nobody looks", told)
	}

	s.Socket(s.admin).MustSubscribe("operations.connections")
	_ = s.Socket(auth.User{}).Subscribe("garden.desk")

	if err := tell(t.Context()); err != nil {
		t.Fatalf("TellAdmins: %v", err)
	}
	told := realtimetest.Broadcasts(rec, operations.ConnectionsChannel)
	if want := (operations.Connections{Sockets: 3, Users: 2, Visitors: 1, Subscriptions: 2, Refusals: 1}); len(told) != 1 || told[0] != want {
		t.Errorf("told %+v, want once %+v", told, want)
	}
}

func TestConnectionsChannel_tellsOfComingAndGoing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.Socket(s.admin)
	admin.MustSubscribe("operations.connections")
	waitFor := func(what string, is func(operations.Connections) bool) {
		t.Helper()
		for !is(realtimetest.Next(admin, operations.ConnectionsChannel).Payload) {
		}
	}

	socket := s.Socket(s.user("Grace"))
	waitFor("came", func(c operations.Connections) bool { return c.Users == 2 })
	socket.MustSubscribe("garden.open")
	waitFor("hears", func(c operations.Connections) bool { return c.Subscriptions == 2 })
	_ = socket.Subscribe("garden.desk")
	waitFor("was refused", func(c operations.Connections) bool { return c.Refusals == 1 })
	socket.Disconnect()
	waitFor("went", func(c operations.Connections) bool { return c.Users == 1 && c.Subscriptions == 1 })
}

// The shortest time between two messages is what a page pays for: it asks for
// its state after each.
func TestConnectionsChannel_tellsAtMostOnceASecond(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin, busy := s.Socket(s.admin), s.Socket(auth.User{})
	admin.MustSubscribe("operations.connections")
	stop := comeAndGo(t, busy)

	var at []time.Time
	for len(at) < 4 {
		at = append(at, realtimetest.Next(admin, operations.ConnectionsChannel).Meta.At)
	}

	stop()
	for i := 1; i < len(at); i++ {
		if gap := at[i].Sub(at[i-1]); gap < 990*time.Millisecond { // Meta.At has milliseconds, and no monotonic clock
			t.Errorf("message %d came %v after the one before, want a second", i, gap)
		}
	}
}

// comeAndGo changes what a socket hears all the time.
func comeAndGo(t *testing.T, socket *realtimetest.Client) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() {
		ticker := time.NewTicker(50 * time.Millisecond) // more would be refused
		defer ticker.Stop()
		for ctx.Err() == nil {
			if err := errors.Join(socket.Subscribe("garden.open"), socket.Unsubscribe("garden.open")); err != nil {
				t.Errorf("come and go: %v", err)
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
