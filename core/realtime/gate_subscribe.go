package realtime

import "errors"

// Gate 2: who may subscribe to a topic.

// attempts is how often an authorizer is called for one subscription while rights
// keep changing. After the last one the socket joins and is rechecked, as if it had
// been subscribed before the change.
const attempts = 3

func (g *gates) subscribe(s *socket, topic string) error {
	route, params, ok := g.routes.find(topic)
	if !ok {
		return g.rejected(gateSubscribe, errUnknownTopic, s.requester(topic))
	}
	for attempt := 1; ; attempt++ {
		under := s.rights(params)
		if err := route.admit(s.ctx, under.caller); err != nil {
			return g.rejected(gateSubscribe, err, s.requester(topic))
		}
		current, err := s.join(topic, route, under, g.limits.SubscriptionsPerSocket, attempt == attempts)
		switch {
		case errors.Is(err, errGone):
			return err // the client has disconnected
		case current && err == nil:
			if route.poll != nil {
				route.poll.start(g)
			}
			return nil
		case current:
			return g.rejected(gateLimits, err, s.requester(topic))
		}
	}
}

// recheck calls the authorizers of a socket's topics again, or of one of them. It
// fails closed: an authorizer that returns any error denies access.
func (g *gates) recheck(s *socket, only string) {
	if !g.inFlight.begin() {
		return
	}
	defer g.inFlight.done()
	for topic, place := range s.keyed(only) {
		under := s.rights(place.params)
		err := place.route.admit(s.ctx, under.caller)
		if err != nil {
			g.report(s.ctx, err)
		}
		s.settle(topic, under, err)
	}
}
