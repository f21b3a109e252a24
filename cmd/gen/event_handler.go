package main

import (
	"context"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/descriptors"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/source"
	"example.com/pergola/cmd/gen/internal/usage"
)

func eventHandlerCommand() command {
	return command{
		name:    "event-handler",
		args:    "<feature> <event>",
		summary: "a handler for an event",
		help: `
Adds a handler for an event of this feature or another: a method in
event_handlers.go, an entry in the Manifest, and a test. Use the event's stored
name:

  ./task gen -- event-handler notifications blog.article.archived

The feature that handles the event imports the one that publishes it. The
generator adds that to mayImport in architecture_test.go, unless the two would
import each other. An event can be delivered more than once. The handler's name
(here notifications.on_article_archived) is stored with each delivery.`,
		plan: func(_ context.Context, c *call) error { return add(c, eventHandlerAddition) },
		undo: func(_ context.Context, c *call) error { return remove(c, eventHandlerAddition) },
	}
}

func eventHandlerAddition(c *call) (addition, error) {
	t, err := findTarget(c, c.args[0])
	if err != nil {
		return addition{}, err
	}
	event, err := t.readEvent(c.args[1])
	if err != nil {
		return addition{}, err
	}
	name := t.handlerName(names.InCode(strings.TrimSuffix(event.Var, "Event")), event)
	method, qualifier := "on"+name.Exported(), ""
	if event.Feature != t.Feature {
		qualifier = event.Feature + "."
	}
	imports := []string{t.Module + "/features/" + t.Feature}
	if qualifier != "" {
		imports = append(imports, t.Module+"/features/"+event.Feature)
		slices.Sort(imports)
	}
	made, err := t.render("event-handler", name.Snake(), map[string]any{
		"Module": t.Module, "Feature": t.Feature, "Method": method, "Payload": qualifier + event.Payload, "Title": name.Exported() + "Event",
		"Event": event.Feature + "." + event.Var, "Imports": imports, "Manifest": t.manifest(),
		"Sample": t.descriptors.Sample(event, event.Feature, "at"), "Time": t.descriptors.NeedsTime(event),
	})
	if err != nil {
		return addition{}, err
	}
	handlers, variable := t.file("event_handlers.go"), qualifier+event.Var
	made.imports = []imported{{handlers, "context"}}
	if qualifier != "" {
		path := t.Module + "/features/" + event.Feature
		made.imports = append(made.imports, imported{handlers, path}, imported{t.entry(), path})
	}
	made.entries = []manifestEntry{{file: t.entry(), list: eventHandlerList, anchor: anchors.EventHandlers, element: "events.Handle(" + variable + `, "` + t.Feature + ".on_" + name.Snake() + `", f.` + method + ")"}}
	exists, err := t.handles("events.Handle(" + variable + ",")
	return addition{target: t, code: made, requires: "events", declares: []string{"Feature." + method}, exists: exists, imports: event.Feature}, err
}

// handlerName is the name of the handler: that of the event, after the
// publisher's if the feature has a handler of that name.
func (t target) handlerName(name names.Name, event descriptors.Descriptor) names.Name {
	taken := t.descriptors.Declared(t.Feature, "Feature.on"+name.Exported())
	if taken == "" || event.Feature == t.Feature {
		return name
	}
	if own, _ := t.handles("events.Handle(" + event.Feature + "." + event.Var + `, "` + t.Feature + ".on_" + name.Snake() + `"`); own {
		return name
	}
	return name.After(event.Feature)
}

// handles reports whether the Manifest lists an event handler that begins so.
func (t target) handles(beginning string) (bool, error) {
	content, err := t.c.tree.Read(t.entry())
	if err != nil {
		return false, err
	}
	entry, err := source.FindInList(content, eventHandlerList, func(element string) bool { return strings.HasPrefix(element, beginning) })
	return entry != "", err
}

// readEvent finds an event by its stored name.
func (t target) readEvent(text string) (descriptors.Descriptor, error) {
	isEvent := func(k descriptors.Kind) bool { return k == descriptors.Event }
	if event, ok := t.descriptors.Named(text, isEvent); ok {
		return event, nil
	}
	choices := "there are none yet"
	if all := t.descriptors.Names(isEvent); len(all) > 0 {
		choices = "choose one of " + strings.Join(all, ", ")
	}
	return descriptors.Descriptor{}, usage.Errorf("there is no event %q: %s", text, choices)
}
