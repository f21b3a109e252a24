package events

import (
	"reflect"

	"example.com/pergola/core/feature"
)

// EventDescription describes a listed event, for tools such as `web describe`.
type EventDescription struct {
	Feature string       // that publishes it
	Name    string       // "" if it was not created by Define
	Payload reflect.Type // a struct
}

// HandlerDescription describes a listed handler.
type HandlerDescription struct {
	Feature string // that handles the event
	Name    string
	Event   string // "" if it was not created by Define
}

// Describe returns the events and handlers of all manifests, in their order.
// It checks nothing; Dispatcher.Register does.
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
