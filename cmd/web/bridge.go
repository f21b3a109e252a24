package main

import (
	"example.com/pergola/core/bridge"
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
