package realtime

import "errors"

// Gate 2: who may hear a topic.

func (g *gates) subscribe(s *socket, topic string) error {
	route, params, ok := g.routes.find(topic)
	if !ok {
		return g.refused(gateSubscribe, errUnknownTopic, s.asker(topic))
	}
	for {
		under := s.rights(params)
		if err := route.admit(s.ctx, under.caller); err != nil {
			return g.refused(gateSubscribe, err, s.asker(topic))
		}
		current, err := s.join(topic, route, under, g.limits.SubscriptionsPerSocket)
		switch {
		case errors.Is(err, errGone):
			return err // there is nobody to refuse anything
		case current && err == nil:
			if route.poll != nil {
				route.poll.start(g)
			}
			return nil
		case current:
			return g.refused(gateLimits, err, s.asker(topic))
		}
	}
}

// recheck asks the authorisers of a socket's topics again, because its rights
// have changed, or of one of them, because what it looks at has. It fails closed: an authoriser that cannot answer has not
// allowed.
func (g *gates) recheck(s *socket, under rights, only string) {
	if !g.work.begin() {
		return
	}
	defer g.work.done()
	for topic, place := range s.keyed(only) {
		caller := under.caller
		caller.params = place.params
		if err := place.route.admit(s.ctx, caller); err != nil {
			g.report(s.ctx, err)
			s.loseUnder(under, topic, err)
		}
	}
}
