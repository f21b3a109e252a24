package events

import (
	"reflect"

	"example.com/pergola/core/feature"
)

// EventDescription is a listed event as tools see it: `web describe`.
type EventDescription struct {
	Feature string       // who publishes it
	Name    string       // "" if it was not made by Define
	Payload reflect.Type // a struct
}

// HandlerDescription is a listed handler as tools see it.
type HandlerDescription struct {
	Feature string // who hears
	Name    string
	Event   string // what is heard
}

// Describe lists the events and the handlers of all manifests in their order.
// It checks nothing; sealing a Dispatcher does.
func Describe(manifests []feature.Manifest) (events []EventDescription, handlers []HandlerDescription) {
	for _, owned := range feature.PartsOf[Events](manifests) {
		for _, event := range owned.Part {
			description := EventDescription{Feature: owned.Feature, Name: event.Name()}
			if def := event.definition(); def != nil {
				description.Payload = def.payload
			}
			events = append(events, description)
		}
	}
	for _, owned := range feature.PartsOf[Handlers](manifests) {
		for _, handler := range owned.Part {
			handlers = append(handlers, HandlerDescription{Feature: owned.Feature, Name: handler.Name(), Event: handler.Event()})
		}
	}
	return events, handlers
}
