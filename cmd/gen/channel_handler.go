package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/descriptors"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/source"
	"example.com/pergola/cmd/gen/internal/usage"
)

func channelHandlerCommand() command {
	return command{
		name:    "realtime handler",
		args:    "<feature> <channel>",
		summary: "a handler for what browsers send on a channel",
		help: `
Adds a handler of what browsers send on one of the feature's channels: a method
in channel_handlers.go, chained to the channel in the Manifest, and a test. Name
the channel as you did when you added it:

  ./task gen -- realtime channel blog article-likes authenticated
  ./task gen -- realtime handler blog article-likes

The handler is called for users in the channel's scope, with a valid payload. It
saves nothing: use a form for that.`,
		plan: func(_ context.Context, c *call) error { return add(c, channelHandlerAddition) },
		undo: func(_ context.Context, c *call) error { return remove(c, channelHandlerAddition) },
	}
}

func channelHandlerAddition(c *call) (addition, error) {
	t, err := findTarget(c, c.args[0])
	if err != nil {
		return addition{}, err
	}
	name, channel, err := t.readChannel(c.args[1])
	if err != nil {
		return addition{}, err
	}
	method := "on" + name.Exported()
	keyed := channel.Kind == descriptors.KeyedChannel
	topic := t.Feature + "." + channel.Var + ".Spec().Name"
	switch {
	case keyed:
		topic = t.Feature + "." + channel.Var + ".For(" + strings.TrimSuffix(strings.Repeat(`"1", `, len(channel.Params())), ", ") + ").Name()"
	case channel.Kind == descriptors.UserChannel:
		topic = t.Feature + "." + channel.Var + ".For(caller.UserID).Name()"
	}
	made, err := t.render("realtime-handler", name.Snake(), map[string]any{
		"Module": t.Module, "Feature": t.Feature, "Method": method, "Payload": channel.Payload, "Channel": channel.Var, "Title": name.Exported() + "Channel",
		"Manifest": t.manifest(), "Keyed": keyed, "TopicText": topic, "Roles": t.roleOf(channel),
		"Sample": t.descriptors.Sample(channel, t.Feature, "at"), "Time": t.descriptors.NeedsTime(channel),
	})
	if err != nil {
		return addition{}, err
	}
	handlers := t.file("channel_handlers.go")
	made.imports = []imported{{handlers, "context"}, {handlers, t.core("realtime")}}
	entry, err := t.channelEntry(channel.Var)
	if err != nil {
		return addition{}, err
	}
	call := ".Handle(f." + method + ")"
	bare, exists := strings.CutSuffix(entry, call)
	made.entries = []manifestEntry{{file: t.entry(), list: channelList, anchor: anchors.RealtimeHandlers, element: bare + call, replaces: bare}}
	return addition{target: t, code: made, requires: "realtime", declares: []string{"Feature." + method}, exists: exists || strings.Contains(entry, ".Handle(")}, nil
}

// channelEntry returns the channel's entry in the Manifest: the variable with the
// methods chained to it.
func (t target) channelEntry(variable string) (string, error) {
	content, err := t.c.tree.Read(t.entry())
	if err != nil {
		return "", err
	}
	entry, err := source.FindInList(content, channelList, func(element string) bool {
		return element == variable || strings.HasPrefix(element, variable+".")
	})
	if err == nil && entry == "" {
		err = fmt.Errorf("%s does not list %s: add it to realtime.Channels in the Manifest", t.entry(), variable)
	}
	return entry, err
}

// readChannel finds a channel by the name in the command that added it, the name
// of its variable, or the name that browsers use.
func (t target) readChannel(text string) (names.Name, descriptors.Descriptor, error) {
	byName, found := t.descriptors.Find(func(d descriptors.Descriptor) bool {
		return d.Feature == t.Feature && d.Kind.IsChannel() && (d.Name == text || d.Var == text)
	})
	if found {
		return names.InCode(strings.TrimSuffix(byName.Var, "Channel")), byName, nil
	}
	name, err := parseName("the name of a channel", text)
	if err != nil {
		return names.Name{}, descriptors.Descriptor{}, err
	}
	if channel, ok := t.channel(name); ok {
		return name, channel, nil
	}
	return names.Name{}, descriptors.Descriptor{}, usage.Errorf("%s has no channel %q: choose one of %s", t.Feature, text, t.channelNames())
}

func (t target) channelNames() string {
	var all []string
	for _, d := range t.descriptors.Descriptors {
		if d.Feature == t.Feature && d.Kind.IsChannel() {
			all = append(all, d.Name)
		}
	}
	if len(all) == 0 {
		return "none yet"
	}
	return strings.Join(all, ", ")
}

// roleOf returns a role in the scope, as a Go literal.
func (t target) roleOf(channel descriptors.Descriptor) string {
	role, ok := strings.CutPrefix(channel.Rest, "realtime.Role(")
	if !ok {
		return strconv.Quote("reader")
	}
	role = strings.TrimSuffix(role, ")")
	if constant, ok := strings.CutPrefix(role, "auth.Role"); ok {
		return strconv.Quote(strings.ToLower(constant))
	}
	return role
}
