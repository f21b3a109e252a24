package socketio

import (
	"reflect"
	"slices"
	"sync"

	"github.com/zishang520/socket.io/v3/pkg/types"
)

// emitter is the little that the library needs of an event emitter for each
// connection. Its own takes ten times the memory.
type emitter struct {
	panicked func(cause any)

	mu        sync.Mutex
	listeners []listener
}

type listener struct {
	event types.EventName
	hear  types.EventListener
	once  bool
}

var _ types.EventEmitter = (*emitter)(nil)

func (e *emitter) add(event types.EventName, once bool, hear []types.EventListener) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range hear {
		if h != nil {
			e.listeners = append(e.listeners, listener{event, h, once})
		}
	}
	return nil
}

func (e *emitter) On(event types.EventName, hear ...types.EventListener) error {
	return e.add(event, false, hear)
}

func (e *emitter) AddListener(event types.EventName, hear ...types.EventListener) error {
	return e.add(event, false, hear)
}

func (e *emitter) Once(event types.EventName, hear ...types.EventListener) error {
	return e.add(event, true, hear)
}

// Emit calls the listeners of an event, one after the other. A panic of one is
// reported and stops none of the others.
func (e *emitter) Emit(event types.EventName, args ...any) {
	for _, hear := range e.take(event) {
		e.call(hear, args)
	}
}

func (e *emitter) call(hear types.EventListener, args []any) {
	defer func() {
		if cause := recover(); cause != nil && e.panicked != nil {
			e.panicked(cause)
		}
	}()
	hear(args...)
}

func (e *emitter) take(event types.EventName) []types.EventListener {
	e.mu.Lock()
	defer e.mu.Unlock()
	var hear []types.EventListener
	kept := e.listeners[:0]
	for _, l := range e.listeners {
		if l.event == event {
			hear = append(hear, l.hear)
		}
		if l.event != event || !l.once {
			kept = append(kept, l)
		}
	}
	clear(e.listeners[len(kept):])
	e.listeners = kept
	return hear
}

// RemoveListener removes the first listener of the event that has the same
// code, which is all that can be told of two functions.
func (e *emitter) RemoveListener(event types.EventName, hear types.EventListener) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	code := reflect.ValueOf(hear).Pointer()
	at := slices.IndexFunc(e.listeners, func(l listener) bool {
		return l.event == event && reflect.ValueOf(l.hear).Pointer() == code
	})
	if at >= 0 {
		e.listeners = slices.Delete(e.listeners, at, at+1)
	}
	return at >= 0
}

func (e *emitter) RemoveAllListeners(event types.EventName) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := len(e.listeners)
	e.listeners = slices.DeleteFunc(e.listeners, func(l listener) bool { return l.event == event })
	return len(e.listeners) < before
}

func (e *emitter) Clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.listeners = nil
}

func (e *emitter) Listeners(event types.EventName) []types.EventListener {
	e.mu.Lock()
	defer e.mu.Unlock()
	var hear []types.EventListener
	for _, l := range e.listeners {
		if l.event == event {
			hear = append(hear, l.hear)
		}
	}
	return hear
}

func (e *emitter) ListenerCount(event types.EventName) int { return len(e.Listeners(event)) }

func (e *emitter) EventNames() []types.EventName {
	e.mu.Lock()
	defer e.mu.Unlock()
	var names []types.EventName
	for _, l := range e.listeners {
		if !slices.Contains(names, l.event) {
			names = append(names, l.event)
		}
	}
	return names
}

func (e *emitter) Len() int { return len(e.EventNames()) }
