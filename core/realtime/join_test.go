package realtime

import (
	"runtime"
	"testing"
)

// A question that is asked again while a socket joins finds it, or the socket
// finds that it was asked. Here the topic is held, as by a broadcast, so that
// both wait for it.
func TestJoin_noticesAConcurrentRecheck(t *testing.T) {
	t.Parallel()
	hub, channel := NewHub(nil), DefineChannel[benchNote]("bench.notes", Public)
	route := &route{definition: channel.definition()}
	first, late := newSocket(t.Context(), hub, &silent{}, Identity{}), newSocket(t.Context(), hub, &silent{}, Identity{})
	if _, err := first.join("bench.notes", route, first.rights(nil), 1); err != nil {
		t.Fatal(err)
	}
	topic := hub.topics.get("bench.notes", "bench.notes")
	topic.mu.Lock()
	under, current := late.rights(nil), make(chan bool)
	go func() {
		joined, _ := late.join("bench.notes", route, under, 1)
		current <- joined
	}()
	for late.mu.TryLock() {
		late.mu.Unlock()
		runtime.Gosched()
	}
	for range 1000 { // to the lock of the topic
		runtime.Gosched()
	}

	hub.rechecks.Add(1) // and nobody but the first is found
	topic.mu.Unlock()

	if <-current || len(hub.topics.members("bench.notes")) != 1 {
		t.Error("a socket joined by an answer that may be old")
	}
}
