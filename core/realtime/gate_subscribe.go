package realtime

// Gate 2: who may hear a topic.

func (g *gates) subscribe(s *socket, topic string) error {
	route, params, ok := g.routes.find(topic)
	if !ok {
		return g.hub.refused(gateSubscribe, errUnknownTopic)
	}
	for {
		under := s.rights(params)
		if err := route.admit(s.ctx, under.caller); err != nil {
			return g.hub.refused(gateSubscribe, err)
		}
		if current, err := s.join(topic, route, under, g.limits.SubscriptionsPerSocket); current {
			return g.hub.refused(gateLimits, err)
		}
	}
}

// recheck asks the authorisers of a socket's topics again, because its rights
// have changed. It fails closed: an authoriser that cannot answer has not
// allowed.
func (g *gates) recheck(s *socket, under rights) {
	if !g.work.begin() {
		return
	}
	defer g.work.done()
	for topic, sub := range s.keyed() {
		caller := under.caller
		caller.params = sub.params
		if err := sub.route.admit(s.ctx, caller); err != nil {
			g.report(s.ctx, err)
			s.loseUnder(under, topic, err)
		}
	}
}
