package realtime

import (
	"context"
	"encoding/json"
	"strings"

	"example.com/pergola/core/observe"
)

// route is a listed channel with who decides about it and who hears it.
type route struct {
	*definition
	feature   string
	handle    func(ctx context.Context, payload any, caller Caller) error // nil if browsers may not send
	authorize func(context.Context, Caller) error                         // of a keyed channel
	presence  *presence                                                   // nil if the channel does not tell who is there
	poll      *poller                                                     // nil if nothing is polled for the channel
}

// routes are all listed channels.
type routes struct {
	plain    map[string]*route
	byLength map[int][]*route // with parameters, by the number of parts
	present  []*route         // with a presence
}

// find is the channel that a topic belongs to, with the topic's values.
func (rs *routes) find(topic string) (r *route, params map[string]string, ok bool) {
	if len(topic) > maxTopicLength {
		return nil, nil, false
	}
	if r, ok := rs.plain[topic]; ok {
		return r, nil, true
	}
	parts := strings.Split(topic, ".")
	for _, r := range rs.byLength[len(parts)] {
		if params, ok := r.template.match(parts); ok {
			return r, params, true
		}
	}
	return nil, nil, false
}

// withinScope reports why a caller is not within the channel's scope, as far
// as that can be told without asking anybody.
func (r *route) withinScope(caller Caller) error {
	if err := r.spec.Scope.admit(caller); err != nil {
		return err
	}
	if r.spec.Kind == KindUser && caller.Param(userParam) != caller.UserID {
		return errNotAllowed
	}
	return nil
}

// admit reports why a caller may neither hear nor speak here.
func (r *route) admit(ctx context.Context, caller Caller) error {
	if err := r.withinScope(caller); err != nil {
		return err
	}
	if r.authorize == nil {
		return nil
	}
	return observe.Run(ctx, observe.LayerChannel, r.spec.Name, func(ctx context.Context) error {
		return r.authorize(ctx, caller)
	})
}

// deliver checks a payload and hands it to the handler.
func (r *route) deliver(ctx context.Context, data json.RawMessage, caller Caller) error {
	var invalid *PayloadError
	err := observe.Run(ctx, observe.LayerChannel, r.spec.Name, func(ctx context.Context) error {
		payload, err := r.codec.Decode(data)
		if rejected, ok := err.(*PayloadError); ok {
			invalid = rejected // the client's mistake: no failure of ours
			return nil
		}
		if err != nil {
			return err
		}
		return r.handle(ctx, payload, caller)
	})
	if invalid != nil {
		return invalid
	}
	return err
}

// place is where a socket is.
type routedTopic struct {
	route  *route
	params map[string]string
}
