package main

import (
	"github.com/google/wire"

	"example.com/pergola/core/bridge"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime/backplane"
	"example.com/pergola/features/blog"
)

// bridgeRules lists the events that are broadcast, each mapped to a channel. Other
// events never reach a browser.
func bridgeRules() []bridge.Rule {
	return []bridge.Rule{
		bridge.Forward(blog.ArticlePublishedEvent, blog.DeskChannel, blog.ActivityFromPublished),
		// <gen:bridge>
	}
}

// bridgeSet builds the bridge, which broadcasts the events of the rules through
// the relay.
var bridgeSet = wire.NewSet(newBridgePackage)

type bridgePackage corePackage

func newBridgePackage(relay *backplane.Relay) *bridgePackage {
	return &bridgePackage{manifests: []feature.Manifest{{
		Name:  "bridge",
		Parts: []feature.Part{bridge.Handlers(relay, bridgeRules()...)},
	}}}
}
