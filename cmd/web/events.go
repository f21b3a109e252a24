package main

import (
	"log/slog"
	"strings"

	"github.com/google/wire"

	"example.com/pergola/core/app"
	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
)

// eventsSet builds the outbox, which stores published events and delivers them to
// handlers.
var eventsSet = wire.NewSet(
	newOutbox,
	wire.Bind(new(events.Outbox), new(*events.Dispatcher)),
	newEventsPackage,
)

func newOutbox(db *database.DB, logger *slog.Logger, reporter observe.Reporter) (*events.Dispatcher, error) {
	return events.NewDispatcher(db, events.DispatcherOptions{Logger: logger, Reporter: reporter})
}

type eventsPackage corePackage

func newEventsPackage(config Config, outbox *events.Dispatcher) *eventsPackage {
	return &eventsPackage{
		assemble: func(manifests []feature.Manifest) (app.Package, error) {
			return app.Package{Services: config.workers(outbox)}, outbox.Register(manifests)
		},
		describe: describeEvents,
	}
}

func describeEvents(d *description, manifests []feature.Manifest) {
	published, handlers := events.Describe(manifests)
	for _, event := range published {
		if f := d.of(event.Feature); f != nil {
			f.Events = append(f.Events, namedPayload{event.Name, payloadName(event.Payload)})
		}
	}
	for _, handler := range handlers {
		if f := d.of(handler.Feature); f != nil {
			f.Handles = append(f.Handles, handledEvent{handler.Event, handler.Name})
		} else if channel, ok := strings.CutPrefix(handler.Name, "bridge."+handler.Event+"."); ok {
			d.Bridge = append(d.Bridge, forwarding{handler.Event, channel})
		}
	}
}
