package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/inventory"
	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/source"
)

// channelHandlerCommand lets a feature hear what browsers say on a channel.
func channelHandlerCommand() command {
	return command{
		name:    "realtime handler",
		args:    "<feature> <channel>",
		summary: "what a feature does when a browser speaks on a channel",
		help: `
Adds the handler of what browsers say on a channel of the feature: a method in
channel_handlers.go, an entry in the Manifest, and a test. The channel is said as
it was made:

  ./task gen -- realtime channel blog article-likes authenticated
  ./task gen -- realtime handler blog article-likes

Only those within the channel's scope are heard, and only with a payload that
keeps its rules. A handler stores nothing: what is to stay is a form.`,
		plan: func(_ context.Context, c *call) error { return addPiece(c, findChannelHandler) },
		undo: func(_ context.Context, c *call) error { return removePiece(c, findChannelHandler) },
	}
}

func findChannelHandler(c *call) (found, error) {
	p, err := findPlace(c, c.args[0])
	if err != nil {
		return found{}, err
	}
	name, channel, err := p.readChannel(c.args[1])
	if err != nil {
		return found{}, err
	}
	method := "on" + name.Exported()
	keyed := channel.Kind == inventory.KeyedChannel
	topic := p.Feature + "." + channel.Var + ".Spec().Name"
	switch {
	case keyed:
		topic = p.Feature + "." + channel.Var + ".For(" + strings.TrimSuffix(strings.Repeat(`"1", `, len(channel.Params())), ", ") + ").Name()"
	case channel.Kind == inventory.UserChannel:
		topic = p.Feature + "." + channel.Var + ".For(caller.UserID).Name()"
	}
	made, err := p.piece("realtime-handler", name.Snake(), map[string]any{
		"Module": p.Module, "Feature": p.Feature, "Method": method, "Payload": channel.Payload, "Channel": channel.Var, "Title": name.Exported() + "Channel",
		"Manifest": p.manifest(), "Keyed": keyed, "TopicText": topic, "Roles": p.roleOf(channel),
		"Sample": p.inv.Sample(channel, p.Feature, "at"), "Time": p.inv.NeedsTime(channel),
	})
	if err != nil {
		return found{}, err
	}
	handlers := p.file("channel_handlers.go")
	made.imports = []imported{{handlers, "context"}, {handlers, p.core("realtime")}}
	entry, err := p.channelEntry(channel.Var)
	if err != nil {
		return found{}, err
	}
	call := ".Handle(f." + method + ")"
	bare, exists := strings.CutSuffix(entry, call)
	made.parts = []part{{file: p.front(), list: channelList, anchor: anchors.RealtimeHandlers, element: bare + call, replaces: bare}}
	return found{place: p, piece: made, needs: "realtime", declares: []string{"Feature." + method}, exists: exists || strings.Contains(entry, ".Handle(")}, nil
}

// channelEntry is how the Manifest lists the channel: the variable, with the
// methods chained to it.
func (p place) channelEntry(variable string) (string, error) {
	content, err := p.c.tree.Read(p.front())
	if err != nil {
		return "", err
	}
	entry, err := source.FindInList(content, channelList, func(element string) bool {
		return element == variable || strings.HasPrefix(element, variable+".")
	})
	if err == nil && entry == "" {
		err = fmt.Errorf("%s does not list %s: add it to realtime.Channels in the Manifest", p.front(), variable)
	}
	return entry, err
}

// readChannel finds a channel by the name that it was made with, by that of its
// variable, or by the one on the wire.
func (p place) readChannel(text string) (names.Name, inventory.Descriptor, error) {
	byName, found := p.inv.Find(func(d inventory.Descriptor) bool {
		return d.Feature == p.Feature && d.Kind.IsChannel() && (d.Name == text || d.Var == text)
	})
	if found {
		return names.InCode(strings.TrimSuffix(byName.Var, "Channel")), byName, nil
	}
	name, err := namedIn("the name of a channel", text)
	if err != nil {
		return names.Name{}, inventory.Descriptor{}, err
	}
	if channel, ok := p.channel(name); ok {
		return name, channel, nil
	}
	return names.Name{}, inventory.Descriptor{}, misuse.New("%s has no channel %q: there are %s", p.Feature, text, p.channelNames())
}

func (p place) channelNames() string {
	var all []string
	for _, d := range p.inv.Descriptors {
		if d.Feature == p.Feature && d.Kind.IsChannel() {
			all = append(all, d.Name)
		}
	}
	if len(all) == 0 {
		return "none yet"
	}
	return strings.Join(all, ", ")
}

// roleOf is a role that clears the scope, as a test writes it.
func (p place) roleOf(channel inventory.Descriptor) string {
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
