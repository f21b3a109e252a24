package events

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/descriptor"
)

// registry holds the events and handlers of all manifests.
type registry struct {
	events   map[string]*definition
	handlers map[string][]Handler // by event, in the order of the manifests
	byName   map[string]Handler
	problems descriptor.Problems
}

func newRegistry(manifests []feature.Manifest) (*registry, error) {
	r := &registry{events: map[string]*definition{}, handlers: map[string][]Handler{}, byName: map[string]Handler{}}
	for _, part := range feature.PartsOf[Events](manifests) {
		for _, event := range part.Part {
			r.addEvent(part.Feature, event)
		}
	}
	for _, part := range feature.PartsOf[Handlers](manifests) {
		for _, handler := range part.Part {
			r.addHandler(part.Feature, handler)
		}
	}
	return r, r.problems.Err()
}

// handlersOf returns the handlers of an event. It may be called on nil.
func (r *registry) handlersOf(event string) ([]Handler, error) {
	if r == nil {
		return nil, errors.New("the events are not registered yet")
	}
	if r.events[event] == nil {
		return nil, fmt.Errorf("no feature lists the event %q in its manifest (events.Events)", event)
	}
	return r.handlers[event], nil
}

func (r *registry) addEvent(owner string, event AnyEvent) {
	file := descriptor.File(owner, "events.go")
	if event == nil || event.definition() == nil {
		r.problems.Add(file, "the feature %q lists an event that was not created by events.Define", owner)
		return
	}
	def := event.definition()
	r.problems.Check(file, "event", owner, def.name, 3, def.payload)
	switch other := r.events[def.name]; other {
	case nil:
		r.events[def.name] = def
	case def:
		r.problems.Add(descriptor.ManifestFile(owner), "event %q is listed twice", def.name)
	default:
		r.problems.Add(file, "event %q is defined twice, with the payloads %s and %s", def.name, other.payload, def.payload)
	}
}

func (r *registry) addHandler(owner string, handler Handler) {
	file := descriptor.ManifestFile(owner)
	if handler.handle == nil {
		r.problems.Add(file, "the feature %q lists an event handler that was not created by events.Handle", owner)
		return
	}
	if err := descriptor.CheckName(handler.name, owner, 2); err != nil {
		r.problems.Add(file, "event handler %q of the feature %q: %v", handler.name, owner, err)
	}
	if _, taken := r.byName[handler.name]; taken {
		r.problems.Add(file, "two event handlers are named %q: names must be unique", handler.name)
	}
	r.byName[handler.name] = handler
	if handler.maxAttempts < 1 || handler.timeout <= 0 {
		r.problems.Add(file, "event handler %q: needs at least one attempt and a timeout above zero", handler.name)
	}
	switch listed := r.events[handler.Event()]; {
	case handler.event == nil:
		r.problems.Add(file, "event handler %q: its event was not created by events.Define", handler.name)
	case listed == nil:
		r.problems.Add(descriptor.ManifestFile(descriptor.Owner(handler.Event())),
			"event handler %q: no feature lists its event %q in its manifest (events.Events)", handler.name, handler.Event())
	case listed != handler.event:
		r.problems.Add(file, "event handler %q: its event %q is defined twice, and the other one is listed", handler.name, handler.Event())
	default:
		r.handlers[handler.Event()] = append(r.handlers[handler.Event()], handler)
	}
}

const maxQueueName = 64 // River's limit

// queueOf returns the queue of a handler in River's table. Each handler has its
// own, so that a slow handler does not delay others. The prefix is that of the
// partition durable.Events.
func queueOf(handler string) string {
	words := strings.FieldsFunc(handler, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	queue := "event-" + strings.Join(words, "-")
	if len(queue) <= maxQueueName {
		return queue
	}
	sum := sha256.Sum256([]byte(handler))
	digest := hex.EncodeToString(sum[:6])
	return strings.TrimRight(queue[:maxQueueName-len(digest)-1], "-") + "-" + digest
}
