package realtime

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"example.com/pergola/core/fault"
)

// A recheck during a join either finds the socket, or the socket notices the recheck.
// Here the topic is locked, as by a broadcast, so that both wait for it.
func TestJoin_noticesAConcurrentRecheck(t *testing.T) {
	t.Parallel()
	hub, channel := NewHub(nil), DefineChannel[benchNote]("bench.notes", Public)
	route := &route{definition: channel.definition()}
	first, late := newSocket(t.Context(), hub, &silent{}, Identity{}), newSocket(t.Context(), hub, &silent{}, Identity{})
	if _, err := first.join("bench.notes", route, first.rights(nil), 1, false); err != nil {
		t.Fatal(err)
	}
	topic := hub.topics.get("bench.notes", "bench.notes")
	topic.mu.Lock()
	under, current := late.rights(nil), make(chan bool)
	go func() {
		joined, _ := late.join("bench.notes", route, under, 1, false)
		current <- joined
	}()
	for late.mu.TryLock() {
		late.mu.Unlock()
		runtime.Gosched()
	}
	for range 1000 { // until it waits for the topic's lock
		runtime.Gosched()
	}

	hub.rechecks.request("bench.notes", func(string) {}) // it has found only the first socket
	topic.mu.Unlock()

	if <-current || len(hub.topics.members("bench.notes")) != 1 {
		t.Error("a socket joined with a result that may be outdated")
	}
}

func TestAuthenticate_isUnavailableIfItTakesTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gates{ctx: t.Context(), now: time.Now, authn: func(r *http.Request) (Identity, error) {
			<-r.Context().Done()
			return Identity{}, fmt.Errorf("read the session: %w", r.Context().Err())
		}}

		_, err := g.authenticate(httptest.NewRequest(http.MethodGet, "/socket.io/", nil))

		if !errors.Is(err, fault.Unavailable) {
			t.Errorf("got %v, want fault.Unavailable", err)
		}
	})
}
