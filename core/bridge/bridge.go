// Package bridge broadcasts application events to browsers: only those on an
// allow-list, and only the payload that a mapping returns.
//
// The allow-list is in one file, cmd/web/bridge.go, with a line for each event and
// channel:
//
//	func bridgeRules() []bridge.Rule {
//		return []bridge.Rule{
//			bridge.Forward(blog.ArticlePublishedEvent, blog.DeskChannel, blog.ActivityFromPublished),
//		}
//	}
//
// Its rules become event handlers in a manifest of their own:
//
//	feature.Manifest{Name: "bridge", Parts: []feature.Part{bridge.Handlers(hub, bridgeRules()...)}}
//
// # Guarantees
//
// An event that is not on the list never leaves the server. Of a listed event,
// only the payload that its mapping returns does. The scope of the channel decides
// who receives it, as for every broadcast.
//
// A rule is an ordinary event handler, named "bridge.<event>.<channel>", with its
// own attempts: it broadcasts after the commit, and is retried if it fails. The
// name is stored, so after a channel was renamed, old deliveries have no handler.
// Delivery is at least once, so a browser may receive a broadcast twice; live
// regions with data-live-key show it once.
//
// A mapping is a pure function. If it needs a lookup, or broadcasts to a channel
// with one topic for each user, write an event handler that broadcasts instead.
package bridge

import (
	"context"

	"example.com/pergola/core/events"
	"example.com/pergola/core/realtime"
)

// Rule forwards one event to one channel. Create it with Forward.
type Rule struct {
	handler func(rt realtime.Broadcaster) events.Handler
}

// Forward creates a rule that broadcasts an event to a channel, as the payload that
// mapping returns. If mapping panics, the delivery fails.
func Forward[E, P any](event events.Event[E], to realtime.Channel[P], mapping func(E) P) Rule {
	name := "bridge." + event.Name() + "." + to.Spec().Name
	return Rule{func(rt realtime.Broadcaster) events.Handler {
		return events.Handle(event, name, func(ctx context.Context, payload E) error {
			return to.Broadcast(ctx, rt, mapping(payload))
		})
	}}
}

// Handlers returns the rules as event handlers, which broadcast through rt. The
// zero Rule becomes a handler that events.Dispatcher.Register rejects.
func Handlers(rt realtime.Broadcaster, rules ...Rule) events.Handlers {
	handlers := make(events.Handlers, 0, len(rules))
	for _, rule := range rules {
		if rule.handler == nil {
			handlers = append(handlers, events.Handler{})
			continue
		}
		handlers = append(handlers, rule.handler(rt))
	}
	return handlers
}
