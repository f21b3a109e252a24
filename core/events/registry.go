package events

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/descriptor"
)

// registry is what the manifests say about events: for each event its handlers
// in the order of the list.
type registry struct {
	events   map[string]*definition
	handlers map[string][]Handler
	problems []error
}

func newRegistry(manifests []feature.Manifest) (*registry, error) {
	r := &registry{events: map[string]*definition{}, handlers: map[string][]Handler{}}
	for _, part := range feature.PartsOf[Events](manifests) {
		for _, event := range part.Part {
			r.addEvent(part.Feature, event)
		}
	}
	names := map[string]bool{}
	for _, part := range feature.PartsOf[Handlers](manifests) {
		for _, handler := range part.Part {
			r.addHandler(part.Feature, handler, names)
		}
	}
	return r, errors.Join(r.problems...)
}

// handlersOf is who hears an event. A nil registry is one that is not sealed.
func (r *registry) handlersOf(event string) ([]Handler, error) {
	if r == nil {
		return nil, errors.New("the application is not sealed yet")
	}
	if r.events[event] == nil {
		return nil, fmt.Errorf("no feature lists the event %q in its manifest as one of events.Events", event)
	}
	return r.handlers[event], nil
}

// handlerStates are all handlers with what they have to do, by name.
func (r *registry) handlerStates(counts func(name string) map[State]int) []HandlerState {
	if r == nil {
		return nil
	}
	var states []HandlerState
	for event, handlers := range r.handlers {
		for _, handler := range handlers {
			states = append(states, HandlerState{Name: handler.name, Event: event, Counts: counts(handler.name)})
		}
	}
	slices.SortFunc(states, func(a, b HandlerState) int { return cmp.Compare(a.Name, b.Name) })
	return states
}

func (r *registry) problem(mend, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf("%s: mend %s", fmt.Sprintf(format, args...), mend))
}

func (r *registry) addEvent(owner string, event AnyEvent) {
	file := "features/" + owner + "/events.go"
	if event == nil || event.definition() == nil {
		r.problem(file, "the feature %q lists an event that was not made by events.Define", owner)
		return
	}
	def := event.definition()
	if err := descriptor.CheckName(def.name, owner, 3); err != nil {
		r.problem(file, "event %q, listed by %q: %v", def.name, owner, err)
	}
	if err := descriptor.CheckPayload(def.payload); err != nil {
		r.problem(file, "event %q: %v", def.name, err)
	}
	switch other := r.events[def.name]; other {
	case nil:
		r.events[def.name] = def
	case def:
		r.problem(manifestFile(owner), "event %q is listed twice", def.name)
	default:
		r.problem(file, "event %q is defined twice, with the payloads %s and %s", def.name, other.payload, def.payload)
	}
}

func (r *registry) addHandler(owner string, handler Handler, names map[string]bool) {
	file := manifestFile(owner)
	if handler.deliver == nil {
		r.problem(file, "the feature %q lists a handler that was not made by events.Handle", owner)
		return
	}
	if err := descriptor.CheckName(handler.name, owner, 2); err != nil {
		r.problem(file, "event handler %q of %q: %v", handler.name, owner, err)
	}
	if names[handler.name] {
		r.problem(file, "two event handlers are named %q: each needs a name of its own", handler.name)
	}
	names[handler.name] = true
	if handler.maxAttempts < 1 || handler.timeout <= 0 {
		r.problem(file, "event handler %q needs at least one attempt and a timeout above zero", handler.name)
	}
	r.hear(file, handler)
}

func (r *registry) hear(file string, handler Handler) {
	switch listed := r.events[handler.Event()]; {
	case handler.event == nil:
		r.problem(file, "event handler %q hears an event that was not made by events.Define", handler.name)
	case listed == nil:
		r.problem(manifestFile(descriptor.Owner(handler.Event())),
			"event handler %q hears %q, which no feature lists in its manifest as one of events.Events", handler.name, handler.Event())
	case listed != handler.event:
		r.problem(file, "event handler %q hears another %q than the one that is listed: the event is defined twice", handler.name, handler.Event())
	default:
		r.handlers[handler.Event()] = append(slices.Clip(r.handlers[handler.Event()]), handler)
	}
}

// manifestFile is where a feature lists what it says and hears. The bridge is
// no feature: its rules stand in the application.
func manifestFile(owner string) string {
	if owner == "bridge" {
		return "cmd/web/bridge.go"
	}
	return "features/" + owner + "/" + owner + ".go"
}
