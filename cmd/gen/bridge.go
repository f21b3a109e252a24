package main

import (
	"context"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/descriptors"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/usage"
)

const (
	bridgeFile = "cmd/web/bridge.go"
	bridgeTest = "cmd/web/bridge_test.go" // lists everything that leaves the server, a second time
)

func bridgeCommand() command {
	return command{
		name:    "bridge",
		args:    "<event> <channel>",
		summary: "forward an event to browsers through a channel",
		help: `
Adds an event to those that leave the server: a line and a mapping function in
cmd/web/bridge.go, and a test. Use the stored names of both:

  ./task gen -- bridge blog.article.archived blog.article.likes

Fields with the same name are copied; write the others by hand. The channel must
have a single topic: it is neither user-scoped nor keyed.`,
		plan: func(_ context.Context, c *call) error { return add(c, bridgeAddition) },
		undo: func(_ context.Context, c *call) error { return remove(c, bridgeAddition) },
	}
}

func bridgeAddition(c *call) (addition, error) {
	found, err := descriptors.Read(c.tree)
	if err != nil {
		return addition{}, err
	}
	module, err := modulePath(c)
	if err != nil {
		return addition{}, err
	}
	t := target{Module: module, descriptors: found, c: c}
	event, err := t.readEvent(c.args[0])
	if err != nil {
		return addition{}, err
	}
	channel, err := t.readBridgedChannel(c.args[1])
	if err != nil {
		return addition{}, err
	}
	return t.bridge(event, channel)
}

func (t target) readBridgedChannel(text string) (descriptors.Descriptor, error) {
	channel, ok := t.descriptors.Named(text, descriptors.Kind.IsChannel)
	switch {
	case !ok:
		return channel, usage.Errorf("there is no channel %q: choose one of %s", text, strings.Join(t.descriptors.Names(descriptors.Kind.IsChannel), ", "))
	case channel.Kind != descriptors.Channel:
		return channel, usage.Errorf("%s has a topic for each user or key: handle the event in a feature, and broadcast from there", text)
	}
	return channel, nil
}

// copied is a field of the message for browsers, and the field of the event that
// it is copied from.
type copied struct{ To, From string }

func (t target) bridge(event, channel descriptors.Descriptor) (addition, error) {
	eventName, channelName := names.InCode(event.Payload), names.InCode(channel.Payload)
	fields, left := t.match(event, channel)
	if len(fields) == 0 {
		return addition{}, usage.Errorf("the payloads of %s and %s have no field in common: add one first", event.Name, channel.Name)
	}
	if event.Feature != channel.Feature {
		eventName = eventName.After(event.Feature)
	}
	mapping := channelName.Unexported() + "From" + eventName.Exported()
	imports := []string{t.Module + "/features/" + event.Feature, t.Module + "/features/" + channel.Feature}
	slices.Sort(imports)
	made, err := t.render("bridge", names.InCode(mapping).Snake(), map[string]any{
		"Module": t.Module, "Event": event, "Channel": channel, "Fields": fields, "Mapping": mapping, "Test": mapping,
		"Complete": len(left) == 0, "Imports": slices.Compact(slices.Clone(imports)),
		"Sample": t.descriptors.Sample(event, event.Feature, "at"), "Time": t.descriptors.NeedsTime(event),
	})
	if err != nil {
		return addition{}, err
	}
	rule := "bridge.Forward(" + event.Feature + "." + event.Var + ", " + channel.Feature + "." + channel.Var + ","
	made.inserts = append([]insert{{anchors.Bridge, rule + " " + mapping + "),"}}, made.inserts...)
	for _, path := range slices.Compact(imports) {
		made.imports = append(made.imports, imported{bridgeFile, path})
	}
	made.listed = []listed{{bridgeTest, "letOut", "bridge." + event.Name + "." + channel.Name}}
	content, err := t.c.tree.Read(bridgeFile)
	if err != nil {
		return addition{}, err
	}
	f := addition{target: t, code: made, exists: strings.Contains(string(content), rule)}
	for _, name := range left {
		f.notes = append(f.notes, "Set "+name+" in "+mapping+" ("+bridgeFile+"): messages without it are invalid.")
	}
	return f, nil
}

// match finds the event's field for each field of the message: with the same
// name and type, or the first ID, or the first time. It returns the names of
// required fields without a match.
func (t target) match(event, channel descriptors.Descriptor) (fields []copied, left []string) {
	from := t.descriptors.Fields(event)
	for _, to := range t.descriptors.Fields(channel) {
		i := slices.IndexFunc(from, func(f descriptors.Field) bool { return f.Name == to.Name && f.Type == to.Type })
		if i < 0 && to.Name == "ID" {
			i = slices.IndexFunc(from, func(f descriptors.Field) bool { return strings.HasSuffix(f.Name, "ID") && f.Type == to.Type })
		}
		if i < 0 && to.Type == "time.Time" {
			i = slices.IndexFunc(from, func(f descriptors.Field) bool { return f.Type == to.Type })
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

// isPlain reports whether a type is the same in every package.
func isPlain(kind string) bool {
	return kind == "time.Time" || slices.Contains([]string{"string", "bool", "int", "int64", "float64"}, kind)
}
