package socketio

import (
	"reflect"
	"slices"
	"sync"

	"github.com/zishang520/socket.io/v3/pkg/types"
)

// emitter implements the parts of an event emitter that the library needs for each
// connection. The library's own emitter needs ten times the memory.
type emitter struct {
	panicked func(cause any)

	mu        sync.Mutex
	listeners []listener
}

type listener struct {
	event types.EventName
	call  types.EventListener
	once  bool
}

var _ types.EventEmitter = (*emitter)(nil)

func (e *emitter) add(event types.EventName, once bool, listeners []types.EventListener) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range listeners {
		if h != nil {
			e.listeners = append(e.listeners, listener{event, h, once})
		}
	}
	return nil
}

func (e *emitter) On(event types.EventName, listeners ...types.EventListener) error {
	return e.add(event, false, listeners)
}

func (e *emitter) AddListener(event types.EventName, listeners ...types.EventListener) error {
	return e.add(event, false, listeners)
}

func (e *emitter) Once(event types.EventName, listeners ...types.EventListener) error {
	return e.add(event, true, listeners)
}

// Emit calls the listeners of an event one after another. If one panics, the panic is
// reported and the others are still called.
func (e *emitter) Emit(event types.EventName, args ...any) {
	for _, listener := range e.take(event) {
		e.call(listener, args)
	}
}

func (e *emitter) call(fn types.EventListener, args []any) {
	defer func() {
		if cause := recover(); cause != nil && e.panicked != nil {
			e.panicked(cause)
		}
	}()
	fn(args...)
}

func (e *emitter) take(event types.EventName) []types.EventListener {
	e.mu.Lock()
	defer e.mu.Unlock()
	var listeners []types.EventListener
	kept := e.listeners[:0]
	for _, l := range e.listeners {
		if l.event == event {
			listeners = append(listeners, l.call)
		}
		if l.event != event || !l.once {
			kept = append(kept, l)
		}
	}
	clear(e.listeners[len(kept):])
	e.listeners = kept
	return listeners
}

// RemoveListener removes the first listener of the event with the same code pointer,
// because functions cannot be compared.
func (e *emitter) RemoveListener(event types.EventName, fn types.EventListener) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	code := reflect.ValueOf(fn).Pointer()
	at := slices.IndexFunc(e.listeners, func(l listener) bool {
		return l.event == event && reflect.ValueOf(l.call).Pointer() == code
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
	var listeners []types.EventListener
	for _, l := range e.listeners {
		if l.event == event {
			listeners = append(listeners, l.call)
		}
	}
	return listeners
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
