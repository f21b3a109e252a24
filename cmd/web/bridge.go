package main

import (
	"github.com/google/wire"

	"example.com/pergola/core/bridge"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime/backplane"
	"example.com/pergola/features/blog"
)

// bridgeRules are the events that leave the server, each through a mapping to
// one channel. An event that is not listed here never reaches a browser.
func bridgeRules() []bridge.Rule {
	return []bridge.Rule{
		bridge.Forward(blog.ArticlePublishedEvent, blog.DeskChannel, blog.ActivityFromPublished),
		// <gen:bridge>
	}
}

// bridgeSet lets the bridge handle the events of the rules. What it broadcasts
// goes through the relay to the browsers of every process.
var bridgeSet = wire.NewSet(newBridgePackage)

type bridgePackage corePackage

func newBridgePackage(relay *backplane.Relay) *bridgePackage {
	return &bridgePackage{manifests: []feature.Manifest{{
		Name:  "bridge",
		Parts: []feature.Part{bridge.Handlers(relay, bridgeRules()...)},
	}}}
}
