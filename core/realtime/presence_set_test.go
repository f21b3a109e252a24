package realtime

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/pergola/core/realtime/internal/socketio"
)

type crowd struct {
	Count int `json:"count"`
}

var (
	crowdChannel  = DefineChannel[crowd]("bench.crowd", Public)
	crowdPresence = DefinePresence(crowdChannel, func(here Present[struct{}]) crowd { return crowd{Count: here.Count()} })
)

// person is a connection that counts the frames it gets.
type person struct {
	silent
	id     string
	frames atomic.Int64
}

func (p *person) ID() string          { return p.id }
func (p *person) Send(socketio.Frame) { p.frames.Add(1) }

// newCrowd returns a hub with one presence.
func newCrowd(tb testing.TB) (*Hub, *route) {
	tb.Helper()
	hub := NewHub(nil)
	r := &route{definition: crowdChannel.definition(), presence: crowdPresence.presence()}
	hub.presenceSets.register(&routes{present: []*route{r}}, 10, func(_ context.Context, err error) { tb.Error(err) })
	return hub, r
}

func newPerson(tb testing.TB, hub *Hub, n int, identity Identity) (*socket, *person) {
	conn := &person{id: fmt.Sprint(n)}
	return newSocket(tb.Context(), hub, conn, identity), conn
}

func track(tb testing.TB, hub *Hub, s *socket) {
	if err := crowdPresence.Track(tb.Context(), hub, s.rights(nil).caller, struct{}{}); err != nil {
		tb.Error(err)
	}
}

func subscribe(tb testing.TB, s *socket, r *route) {
	if _, err := s.join("bench.crowd", r, s.rights(nil), 1, false); err != nil {
		tb.Error(err)
	}
}

func TestPresence_combinesChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub, route := newCrowd(t)
		listener, received := newPerson(t, hub, 0, Identity{})
		subscribe(t, listener, route)
		if received.frames.Load() != 1 {
			t.Fatalf("got %d messages after subscribing, want 1", received.frames.Load())
		}

		for n := range 1000 { // within a second
			s, _ := newPerson(t, hub, n+1, Identity{})
			track(t, hub, s)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)

		if received.frames.Load() != 4 { // after subscribing, and after 50 ms, 550 ms and 1050 ms
			t.Errorf("got %d messages, want 4", received.frames.Load())
		}
		if got := crowdPresence.Count(hub); got != 1000 {
			t.Errorf("%d are present, want 1000", got)
		}
	})
}

func TestPresence_doesNotPublishAnUnchangedState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub, route := newCrowd(t)
		listener, received := newPerson(t, hub, 0, Identity{})
		subscribe(t, listener, route)
		ada := Identity{UserID: "ada", SessionID: "s1"}
		first, _ := newPerson(t, hub, 1, ada)
		track(t, hub, first)
		time.Sleep(time.Second)
		before := received.frames.Load()

		second, _ := newPerson(t, hub, 2, ada)
		track(t, hub, second)
		time.Sleep(time.Second)
		first.end()
		time.Sleep(time.Second)
		visitor, _ := newPerson(t, hub, 3, Identity{})
		track(t, hub, visitor)
		visitor.end() // before the state is published
		time.Sleep(time.Minute)

		if received.frames.Load() != before {
			t.Errorf("got %d messages without a change", received.frames.Load()-before)
		}
	})
}

func TestPresence_removesEmptySets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub, route := newCrowd(t)
		listener, received := newPerson(t, hub, 0, Identity{})
		subscribe(t, listener, route)
		for n := range 5 { // someone joins and leaves repeatedly
			s, _ := newPerson(t, hub, n+1, Identity{})
			track(t, hub, s)
			time.Sleep(100 * time.Millisecond)
			s.end()
			time.Sleep(100 * time.Millisecond)
		}
		if received.frames.Load() > 4 {
			t.Errorf("got %d messages in a second, want at most 4", received.frames.Load())
		}

		time.Sleep(2 * time.Second)
		synctest.Wait()

		if n := len(hub.presenceSets.byTopic); n != 0 {
			t.Errorf("%d presence sets are left, want none", n)
		}
	})
}

// BenchmarkPresence metrics joining and leaving a crowd of each size, and publishing its
// state, which happens at most twice a second.
func BenchmarkPresence(b *testing.B) {
	for _, size := range []int{10, 10_000} {
		hub, route := newCrowd(b)
		for n := range size {
			s, _ := newPerson(b, hub, n, Identity{UserID: fmt.Sprint("user", n), SessionID: "s"})
			subscribe(b, s, route)
			track(b, hub, s)
		}
		b.Run(fmt.Sprintf("join and leave a crowd of %d", size), func(b *testing.B) {
			s, _ := newPerson(b, hub, -1, Identity{})
			caller := s.rights(nil).caller
			b.ReportAllocs()
			for b.Loop() {
				if err := crowdPresence.Track(b.Context(), hub, caller, struct{}{}); err != nil {
					b.Fatal(err)
				}
				crowdPresence.Untrack(b.Context(), hub, caller)
			}
		})
		b.Run(fmt.Sprintf("publish to a crowd of %d", size), func(b *testing.B) {
			r := hub.presenceSets.get("bench.crowd", crowdPresence.presence())
			b.ReportAllocs()
			for b.Loop() {
				r.mu.Lock()
				r.published = nil
				r.publish(&hub.presenceSets)
				r.mu.Unlock()
			}
		})
		b.Run(fmt.Sprintf("count a crowd of %d", size), func(b *testing.B) {
			for b.Loop() {
				if crowdPresence.Count(hub) < size {
					b.Fatal("a member is missing")
				}
			}
		})
		b.Run(fmt.Sprintf("list a crowd of %d", size), func(b *testing.B) {
			for b.Loop() {
				if len(crowdPresence.List(hub)) < size {
					b.Fatal("a member is missing")
				}
			}
		})
	}
}
