// Package bridge lets events that happen inside the application reach browsers:
// only those on its list, and only what a mapping makes of them.
//
// The list stands in one place, cmd/web/bridge.go, a line for each way out:
//
//	func bridgeRules() []bridge.Rule {
//		return []bridge.Rule{
//			bridge.Forward(blog.ArticlePublishedEvent, blog.DeskChannel, blog.ActivityFromPublished),
//		}
//	}
//
// and becomes event handlers of a manifest of its own:
//
//	feature.Manifest{Name: "bridge", Parts: []feature.Part{bridge.Handlers(hub, bridgeRules()...)}}
//
// # What is promised
//
// An event that is not on the list never leaves the server, and of one that is,
// nothing leaves but the payload that its mapping returns. Who may hear it is
// decided by the scope of the channel, as for every broadcast.
//
// A forward is an ordinary event handler, named "bridge.<event>.<channel>", with
// its own attempts: it happens after the commit, and again if it fails. Since
// the name is stored, changing the name of a channel leaves old deliveries to a
// handler that is no more. As every delivery is at least once, a browser may be
// told twice: live regions with data-live-key show it once.
//
// A mapping is a pure function. What needs a lookup, or a channel with one
// topic for each user, is an event handler of a feature that broadcasts by
// itself.
package bridge

import (
	"context"

	"example.com/pergola/core/events"
	"example.com/pergola/core/realtime"
)

// Rule is one line of the list. Make it with Forward.
type Rule struct {
	handler func(rt realtime.Broadcaster) events.Handler
}

// Forward lets one event out to one channel, as what mapping makes of it. A
// mapping that panics fails the delivery, not the process.
func Forward[E, P any](event events.Event[E], to realtime.Channel[P], mapping func(E) P) Rule {
	name := "bridge." + event.Name() + "." + to.Spec().Name
	return Rule{func(rt realtime.Broadcaster) events.Handler {
		return events.Handle(event, name, func(ctx context.Context, payload E) error {
			return to.Broadcast(ctx, rt, mapping(payload))
		})
	}}
}

// Handlers are the rules as event handlers, which broadcast through rt. The
// zero Rule makes a handler that is refused when the application is sealed.
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
