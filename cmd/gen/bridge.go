package main

import (
	"context"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/inventory"
	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/names"
)

const (
	bridgeFile = "cmd/web/bridge.go"
	bridgeTest = "cmd/web/bridge_test.go" // names all that leaves the server once more
)

// bridgeCommand lets an event leave the server through a channel.
func bridgeCommand() command {
	return command{
		name:    "bridge",
		args:    "<event> <channel>",
		summary: "let an event reach browsers through a channel",
		help: `
Adds an event to those that leave the server: a line in cmd/web/bridge.go, the
function that makes a payload of the one for browsers, and a test. Both are said
by their names as they are stored and sent:

  ./task gen -- bridge blog.article.archived blog.article.likes

What both payloads call the same is copied; the rest is written by hand. What is
not listed there never leaves the server. The channel is one for many: not
user-scoped and not keyed.`,
		plan: func(_ context.Context, c *call) error { return addPiece(c, findBridge) },
		undo: func(_ context.Context, c *call) error { return removePiece(c, findBridge) },
	}
}

func findBridge(c *call) (found, error) {
	inv, err := inventory.Read(c.tree)
	if err != nil {
		return found{}, err
	}
	module, err := modulePath(c)
	if err != nil {
		return found{}, err
	}
	p := place{Module: module, inv: inv, c: c}
	event, err := p.readEvent(c.args[0])
	if err != nil {
		return found{}, err
	}
	channel, err := p.readBridgedChannel(c.args[1])
	if err != nil {
		return found{}, err
	}
	return p.bridge(event, channel)
}

func (p place) readBridgedChannel(text string) (inventory.Descriptor, error) {
	channel, ok := p.inv.Named(text, inventory.Kind.IsChannel)
	switch {
	case !ok:
		return channel, misuse.New("there is no channel %q: there are %s", text, strings.Join(p.inv.Names(inventory.Kind.IsChannel), ", "))
	case channel.Kind != inventory.Channel:
		return channel, misuse.New("%s has a topic for each user or key: listen to the event in a feature, and broadcast from there", text)
	}
	return channel, nil
}

// copied is a field of the payload for browsers and the one of the event that
// it is taken from.
type copied struct{ To, From string }

func (p place) bridge(event, channel inventory.Descriptor) (found, error) {
	eventName, channelName := names.InCode(event.Payload), names.InCode(channel.Payload)
	fields, left := p.match(event, channel)
	if len(fields) == 0 {
		return found{}, misuse.New("the payloads of %s and %s have nothing in common: add to one of them first", event.Name, channel.Name)
	}
	if event.Feature != channel.Feature {
		eventName = eventName.After(event.Feature)
	}
	mapping := channelName.Unexported() + "From" + eventName.Exported()
	imports := []string{p.Module + "/features/" + event.Feature, p.Module + "/features/" + channel.Feature}
	slices.Sort(imports)
	made, err := p.piece("bridge", names.InCode(mapping).Snake(), map[string]any{
		"Module": p.Module, "Event": event, "Channel": channel, "Fields": fields, "Mapping": mapping, "Test": mapping,
		"Complete": len(left) == 0, "Imports": slices.Compact(slices.Clone(imports)),
		"Sample": p.inv.Sample(event, event.Feature, "at"), "Time": p.inv.NeedsTime(event),
	})
	if err != nil {
		return found{}, err
	}
	rule := "bridge.Forward(" + event.Feature + "." + event.Var + ", " + channel.Feature + "." + channel.Var + ","
	made.inserts = append([]insert{{anchors.Bridge, rule + " " + mapping + "),"}}, made.inserts...)
	for _, path := range slices.Compact(imports) {
		made.imports = append(made.imports, imported{bridgeFile, path})
	}
	made.listed = []listed{{bridgeTest, "letOut", "bridge." + event.Name + "." + channel.Name}}
	content, err := p.c.tree.Read(bridgeFile)
	if err != nil {
		return found{}, err
	}
	f := found{place: p, piece: made, exists: strings.Contains(string(content), rule)}
	for _, name := range left {
		f.notes = append(f.notes, "Fill in "+name+" in "+mapping+" ("+bridgeFile+"): browsers are not told before.")
	}
	return f, nil
}

// match finds for each field of the payload for browsers one of the event: of
// the same name and type; for an ID the first of the event, and for a time its
// first time. It names the fields that are left and must not be empty.
func (p place) match(event, channel inventory.Descriptor) (fields []copied, left []string) {
	from := p.inv.Fields(event)
	for _, to := range p.inv.Fields(channel) {
		i := slices.IndexFunc(from, func(f inventory.Field) bool { return f.Name == to.Name && f.Type == to.Type })
		if i < 0 && to.Name == "ID" {
			i = slices.IndexFunc(from, func(f inventory.Field) bool { return strings.HasSuffix(f.Name, "ID") && f.Type == to.Type })
		}
		if i < 0 && to.Type == "time.Time" {
			i = slices.IndexFunc(from, func(f inventory.Field) bool { return f.Type == to.Type })
		}
		switch {
		case i >= 0 && isPlain(to.Type):
			fields = append(fields, copied{to.Name, from[i].Name})
		case to.Required:
			left = append(left, to.Name)
		}
	}
	return fields, left
}

// isPlain reports whether a type means the same in every package.
func isPlain(kind string) bool {
	return kind == "time.Time" || slices.Contains([]string{"string", "bool", "int", "int64", "float64"}, kind)
}
