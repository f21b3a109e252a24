// <with:events,realtime/>

package main

import (
	"example.com/pergola/core/bridge"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime/backplane"
	"example.com/pergola/features/blog"
)

// bridgeRules are the events that leave the server, each through a mapping to
// one channel. An event that does not stand here never reaches a browser.
func bridgeRules() []bridge.Rule {
	return []bridge.Rule{
		bridge.Forward(blog.ArticlePublishedEvent, blog.DeskChannel, blog.ActivityFromPublished),
		// <gen:bridge>
	}
}

// bridgeManifest lets the bridge hear the events of the rules. What it
// broadcasts goes through the relay, and so to the browsers of every process.
func bridgeManifest(relay *backplane.Relay) feature.Manifest {
	return feature.Manifest{
		Name:  "bridge",
		Parts: []feature.Part{bridge.Handlers(relay, bridgeRules()...)},
	}
}
