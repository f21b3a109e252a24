package realtime

import (
	"sync"

	"example.com/pergola/core/realtime/internal/socketio"
)

// eventQueue holds the events of a socket that wait for a handler. They are handled
// one at a time, on a goroutine that exists only while there are any, so that a slow
// handler delays only its own socket.
type eventQueue struct {
	mu      sync.Mutex
	waiting []socketio.Event
	working bool
}

// put adds an event. ok is false if the queue is full, and begin is true if the
// caller must start a goroutine that takes events.
func (in *eventQueue) put(event socketio.Event, most int) (begin, ok bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.waiting) >= most {
		return false, false
	}
	in.waiting = append(in.waiting, event)
	begin = !in.working
	in.working = true
	return begin, true
}

// take removes the oldest event. If it returns false, the goroutine must end.
func (in *eventQueue) take() (socketio.Event, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.waiting) == 0 {
		in.waiting = nil
		in.working = false
		return socketio.Event{}, false
	}
	event := in.waiting[0]
	in.waiting[0] = socketio.Event{}
	in.waiting = in.waiting[1:]
	return event, true
}
