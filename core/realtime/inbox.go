package realtime

import (
	"sync"

	"example.com/pergola/core/realtime/internal/socketio"
)

// inbox holds what a socket has said and nobody has dealt with yet. One event
// is dealt with after the other, on a goroutine that lives only while there is
// one, so that a slow handler holds up nobody but its own socket.
type inbox struct {
	mu      sync.Mutex
	waiting []socketio.Event
	working bool
}

// put adds an event; false if too many wait. begin reports that a goroutine
// must begin to take.
func (in *inbox) put(event socketio.Event, most int) (begin, ok bool) {
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
func (in *inbox) take() (socketio.Event, bool) {
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

// work counts what is being done, so that a stop can wait for it.
type work struct {
	mu       sync.Mutex
	running  int
	draining bool
	idle     chan struct{}
}

// begin reports false when nothing new may begin.
func (w *work) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.draining {
		return false
	}
	w.running++
	return true
}

func (w *work) done() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	if w.draining && w.running == 0 {
		close(w.idle)
	}
}

func (w *work) isDraining() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.draining
}

// drain lets nothing new begin. The channel is closed when nothing runs.
func (w *work) drain() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.draining {
		w.draining = true
		w.idle = make(chan struct{})
		if w.running == 0 {
			close(w.idle)
		}
	}
	return w.idle
}
