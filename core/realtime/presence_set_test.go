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

// person is a connection of one id that counts what it is sent.
type person struct {
	silent
	id     string
	frames atomic.Int64
}

func (p *person) ID() string          { return p.id }
func (p *person) Send(socketio.Frame) { p.frames.Add(1) }

// hall is a hub with one place.
func hall(tb testing.TB) (*Hub, *route) {
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

func come(tb testing.TB, hub *Hub, s *socket) {
	if err := crowdPresence.Track(tb.Context(), hub, s.rights(nil).caller, struct{}{}); err != nil {
		tb.Error(err)
	}
}

func hear(tb testing.TB, s *socket, r *route) {
	if _, err := s.join("bench.crowd", r, s.rights(nil), 1); err != nil {
		tb.Error(err)
	}
}

func TestPresence_combinesChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub, route := hall(t)
		listener, heard := newPerson(t, hub, 0, Identity{})
		hear(t, listener, route)
		if heard.frames.Load() != 1 {
			t.Fatalf("greeted with %d messages, want 1", heard.frames.Load())
		}

		for n := range 1000 { // within a second
			s, _ := newPerson(t, hub, n+1, Identity{})
			come(t, hub, s)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)

		if heard.frames.Load() != 4 { // the greeting; after 50 ms, 550 ms and 1050 ms
			t.Errorf("told %d times, want 4", heard.frames.Load())
		}
		if got := crowdPresence.Count(hub); got != 1000 {
			t.Errorf("%d are there", got)
		}
	})
}

func TestPresence_doesNotPublishAnUnchangedState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub, route := hall(t)
		listener, heard := newPerson(t, hub, 0, Identity{})
		hear(t, listener, route)
		ada := Identity{UserID: "ada", SessionID: "s1"}
		first, _ := newPerson(t, hub, 1, ada)
		come(t, hub, first)
		time.Sleep(time.Second)
		before := heard.frames.Load()

		second, _ := newPerson(t, hub, 2, ada)
		come(t, hub, second)
		time.Sleep(time.Second)
		first.end()
		time.Sleep(time.Second)
		visitor, _ := newPerson(t, hub, 3, Identity{})
		come(t, hub, visitor)
		visitor.end() // gone before anybody was told
		time.Sleep(time.Minute)

		if heard.frames.Load() != before {
			t.Errorf("told %d times of nothing", heard.frames.Load()-before)
		}
	})
}

func TestPresence_removesEmptySets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub, route := hall(t)
		listener, heard := newPerson(t, hub, 0, Identity{})
		hear(t, listener, route)
		for n := range 5 { // one comes and goes all the time
			s, _ := newPerson(t, hub, n+1, Identity{})
			come(t, hub, s)
			time.Sleep(100 * time.Millisecond)
			s.end()
			time.Sleep(100 * time.Millisecond)
		}
		if heard.frames.Load() > 4 {
			t.Errorf("told %d times in a second", heard.frames.Load())
		}

		time.Sleep(2 * time.Second)
		synctest.Wait()

		if n := len(hub.presenceSets.byTopic); n != 0 {
			t.Errorf("%d presenceSets are left", n)
		}
	})
}

// What one who comes and goes costs in a room of this size, and what it costs
// to tell everybody there, which is done twice a second at most.
func BenchmarkPresence(b *testing.B) {
	for _, size := range []int{10, 10_000} {
		hub, route := hall(b)
		for n := range size {
			s, _ := newPerson(b, hub, n, Identity{UserID: fmt.Sprint("user", n), SessionID: "s"})
			hear(b, s, route)
			come(b, hub, s)
		}
		b.Run(fmt.Sprintf("come and go in a room of %d", size), func(b *testing.B) {
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
		b.Run(fmt.Sprintf("tell a room of %d", size), func(b *testing.B) {
			r := hub.presenceSets.get("bench.crowd", crowdPresence.presence())
			b.ReportAllocs()
			for b.Loop() {
				r.mu.Lock()
				r.published = nil
				r.publish(&hub.presenceSets)
				r.mu.Unlock()
			}
		})
		b.Run(fmt.Sprintf("count a room of %d", size), func(b *testing.B) {
			for b.Loop() {
				if crowdPresence.Count(hub) < size {
					b.Fatal("lost somebody")
				}
			}
		})
		b.Run(fmt.Sprintf("list a room of %d", size), func(b *testing.B) {
			for b.Loop() {
				if len(crowdPresence.List(hub)) < size {
					b.Fatal("lost somebody")
				}
			}
		})
	}
}
