package main

import (
	"context"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/inventory"
	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/source"
)

// eventHandlerCommand lets a feature hear of an event.
func eventHandlerCommand() command {
	return command{
		name:    "event-handler",
		args:    "<feature> <event>",
		summary: "what a feature does when something happened",
		help: `
Adds the handler of an event, of this feature or of another: a method in
event_handlers.go, an entry in the Manifest, and a test. The event is said by its
stored name:

  ./task gen -- event-handler notifications blog.article.archived

The one that listens imports the one that speaks; the arrow is added to the table
in architecture_test.go, unless it would close a circle. A handler may hear of
one event more than once. The handler's name is stored with each delivery:
notifications.on_article_archived, for ever.`,
		plan: func(_ context.Context, c *call) error { return addPiece(c, findEventHandler) },
		undo: func(_ context.Context, c *call) error { return removePiece(c, findEventHandler) },
	}
}

func findEventHandler(c *call) (found, error) {
	p, err := findPlace(c, c.args[0])
	if err != nil {
		return found{}, err
	}
	event, err := p.readEvent(c.args[1])
	if err != nil {
		return found{}, err
	}
	name := p.heardAs(names.InCode(strings.TrimSuffix(event.Var, "Event")), event)
	method, qualifier := "on"+name.Exported(), ""
	if event.Feature != p.Feature {
		qualifier = event.Feature + "."
	}
	imports := []string{p.Module + "/features/" + p.Feature}
	if qualifier != "" {
		imports = append(imports, p.Module+"/features/"+event.Feature)
		slices.Sort(imports)
	}
	made, err := p.piece("event-handler", name.Snake(), map[string]any{
		"Module": p.Module, "Feature": p.Feature, "Method": method, "Payload": qualifier + event.Payload, "Title": name.Exported() + "Event",
		"Event": event.Feature + "." + event.Var, "Imports": imports, "Manifest": p.manifest(),
		"Sample": p.inv.Sample(event, event.Feature, "at"), "Time": p.inv.NeedsTime(event),
	})
	if err != nil {
		return found{}, err
	}
	handlers, variable := p.file("event_handlers.go"), qualifier+event.Var
	made.imports = []imported{{handlers, "context"}}
	if qualifier != "" {
		path := p.Module + "/features/" + event.Feature
		made.imports = append(made.imports, imported{handlers, path}, imported{p.front(), path})
	}
	made.parts = []part{{file: p.front(), list: eventHandlerList, anchor: anchors.EventHandlers, element: "events.Handle(" + variable + `, "` + p.Feature + ".on_" + name.Snake() + `", f.` + method + ")"}}
	exists, err := p.handles("events.Handle(" + variable + ",")
	return found{place: p, piece: made, needs: "events", declares: []string{"Feature." + method}, exists: exists, arrow: event.Feature}, err
}

// heardAs is the name under which the feature hears of the event: with the
// speaker's in front where it hears of another of that name.
func (p place) heardAs(name names.Name, event inventory.Descriptor) names.Name {
	taken := p.inv.Declared(p.Feature, "Feature.on"+name.Exported())
	if taken == "" || event.Feature == p.Feature {
		return name
	}
	if own, _ := p.handles("events.Handle(" + event.Feature + "." + event.Var + `, "` + p.Feature + ".on_" + name.Snake() + `"`); own {
		return name
	}
	return name.After(event.Feature)
}

// handles reports whether the Manifest lists an event handler that begins so.
func (p place) handles(beginning string) (bool, error) {
	content, err := p.c.tree.Read(p.front())
	if err != nil {
		return false, err
	}
	entry, err := source.FindInList(content, eventHandlerList, func(element string) bool { return strings.HasPrefix(element, beginning) })
	return entry != "", err
}

// readEvent finds an event by its stored name.
func (p place) readEvent(text string) (inventory.Descriptor, error) {
	isEvent := func(k inventory.Kind) bool { return k == inventory.Event }
	if event, ok := p.inv.Named(text, isEvent); ok {
		return event, nil
	}
	there := "there are none yet"
	if all := p.inv.Names(isEvent); len(all) > 0 {
		there = "there are " + strings.Join(all, ", ")
	}
	return inventory.Descriptor{}, misuse.New("there is no event %q: %s", text, there)
}
