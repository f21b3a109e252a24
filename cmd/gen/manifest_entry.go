package main

import (
	"errors"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/source"
)

// manifestEntry is an element of a list in a Manifest, above the anchor. It can replace
// another element.
type manifestEntry struct {
	file     string
	list     source.List
	anchor   anchors.Anchor
	element  string
	replaces string
}

// The lists of a Manifest.
var (
	channelList      = listOf("realtime.Channels", anchors.RealtimeChannels, anchors.RealtimeHandlers)
	eventList        = listOf("events.Events", anchors.Events)
	eventHandlerList = listOf("events.Handlers", anchors.EventHandlers)
	jobList          = listOf("jobs.Jobs", anchors.Jobs)
	jobHandlerList   = listOf("jobs.Handlers", anchors.JobHandlers)
)

func listOf(name string, ends ...anchors.Anchor) source.List {
	list := source.List{Type: name}
	for _, anchor := range ends {
		list.Anchors = append(list.Anchors, anchor.Line())
	}
	return list
}

// add fails with an anchors.MissingError.
func (e manifestEntry) add(text []byte) ([]byte, error) {
	text, err := source.RemoveFromList(text, e.list, e.replaces)
	if err != nil {
		return nil, err
	}
	return addAbove(text, e.list, e.anchor, e.file, e.element)
}

// remove restores the replaced element, at the end of its list.
func (e manifestEntry) remove(text []byte) ([]byte, error) {
	text, err := source.RemoveFromList(text, e.list, e.element)
	if err != nil || e.replaces == "" {
		return text, err
	}
	return addAbove(text, e.list, anchors.RealtimeChannels, e.file, e.replaces)
}

func addAbove(text []byte, list source.List, anchor anchors.Anchor, file, element string) ([]byte, error) {
	anchor.File = file
	if n := anchors.Count(text, anchor); n != 1 {
		return nil, &anchors.MissingError{Anchor: anchor, Found: n}
	}
	text, err := source.AddToList(text, list, anchor.Line(), element)
	if errors.Is(err, source.ErrNoAnchor) {
		return nil, &anchors.MissingError{Anchor: anchor}
	}
	return text, err
}
