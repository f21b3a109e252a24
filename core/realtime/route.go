package realtime

import (
	"context"
	"encoding/json"
	"strings"

	"example.com/pergola/core/observe"
)

// route is a listed channel with everything that is attached to it.
type route struct {
	*definition
	feature   string
	handle    func(ctx context.Context, payload any, caller Caller) error // nil if browsers cannot send
	authorize func(context.Context, Caller) error                         // of a keyed channel
	presence  *presence                                                   // nil if the channel has no presence
	poll      *poller                                                     // nil if nothing is polled for the channel
}

// routes are all listed channels.
type routes struct {
	plain    map[string]*route
	byLength map[int][]*route // with parameters, by the number of parts
	present  []*route         // with a presence
}

// find returns the channel that a topic belongs to, and the topic's values.
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

// withinScope returns an error if the caller is not within the channel's scope. It does
// not call the authorizer.
func (r *route) withinScope(caller Caller) error {
	if err := r.spec.Scope.admit(caller); err != nil {
		return err
	}
	if r.spec.Kind == KindUser && caller.Param(userParam) != caller.UserID {
		return errNotAllowed
	}
	return nil
}

// admit returns an error if the caller may not subscribe to the topic or send on it.
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

// deliver validates a payload and calls the handler.
func (r *route) deliver(ctx context.Context, data json.RawMessage, caller Caller) error {
	var invalid *PayloadError
	err := observe.Run(ctx, observe.LayerChannel, r.spec.Name, func(ctx context.Context) error {
		payload, err := r.codec.Decode(data)
		if rejected, ok := err.(*PayloadError); ok {
			invalid = rejected // the client's mistake, not a failure of the server
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

// routedTopic is a topic's channel with the topic's values.
type routedTopic struct {
	route  *route
	params map[string]string
	asked  uint64 // when the authorizer was asked that allowed it last
}
