package realtime

import (
	"sync"

	"example.com/pergola/core/realtime/internal/socketio"
)

// eventQueue holds what a socket has said and nobody has dealt with yet. One event
// is dealt with after the other, on a goroutine that lives only while there is
// one, so that a slow handler holds up nobody but its own socket.
type eventQueue struct {
	mu      sync.Mutex
	waiting []socketio.Event
	working bool
}

// put adds an event; false if too many wait. begin reports that a goroutine
// must begin to take.
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

// take removes the oldest event; false ends the goroutine.
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
