package realtime

import (
	"context"
	"fmt"
	"strings"
)

// Tracker is what a feature needs to say, and to ask, who is where. *Hub is
// the one of the application, realtimetest.Recorder the one of tests. Features
// do not call it; they say presence.Track.
type Tracker interface {
	Track(ctx context.Context, tracked Tracked) error
	Untrack(ctx context.Context, topic string, caller Caller)
	Present(topic string) Attendance
}

var _ Tracker = (*Hub)(nil)

// Track notes that a connection is at a place: see Presence.Track.
func (h *Hub) Track(ctx context.Context, tracked Tracked) error {
	route, most, err := h.rooms.routeOf(tracked.presence)
	if err != nil {
		return err
	}
	s := tracked.Caller.socket
	if s == nil || s.hub != h {
		return errGone
	}
	params, _ := route.template.match(strings.Split(tracked.Topic, "."))
	for {
		under, heard := s.rightsAt(tracked.Topic, params)
		if !heard { // what it hears it may hear
			if err := route.admit(ctx, under.caller); err != nil {
				return err
			}
		}
		tracked.Caller = under.caller
		if current, err := s.enter(route, tracked, under, heard, most); current {
			return err
		}
	}
}

// Untrack notes that a connection is no longer at a place.
func (h *Hub) Untrack(_ context.Context, topic string, caller Caller) {
	if s := caller.socket; s != nil && s.hub == h {
		s.quit(topic)
	}
}

// Present is who is at a place now. To count costs nothing, to list as much as
// there are.
func (h *Hub) Present(topic string) Attendance { return h.rooms.present(topic) }

// place is where a socket is.
type place struct {
	route  *route
	params map[string]string
}

// rightsAt are the socket's rights, and whether it hears the topic.
func (s *socket) rightsAt(topic string, params map[string]string) (under rights, heard bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, heard = s.subscriptions[topic]
	return s.present(params), heard
}

// enter takes the socket to a place if it still has the rights, or hears the
// topic, for which it may be there. Otherwise current is false and the question
// must be asked again.
func (s *socket) enter(r *route, tracked Tracked, under rights, heard bool, most int) (current bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, hears := s.subscriptions[tracked.Topic]
	_, already := s.places[tracked.Topic]
	switch {
	case s.over:
		return true, errGone
	case s.mayBeOld(under) || heard && !hears:
		return false, nil
	case !already && len(s.places) >= most:
		return true, errManyPlaces(most)
	}
	if s.places == nil {
		s.places = map[string]place{}
	}
	s.places[tracked.Topic] = place{route: r, params: under.caller.params}
	s.hub.rooms.enter(s.conn.ID(), tracked)
	if !already && s.mayBeOld(under) { // as in join
		s.leavePlace(tracked.Topic)
		return false, nil
	}
	return true, nil
}

func (s *socket) quit(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leavePlace(topic)
}

// leavePlace takes the socket from a place. The socket must be locked.
func (s *socket) leavePlace(topic string) {
	if place, ok := s.places[topic]; ok {
		delete(s.places, topic)
		s.hub.rooms.leave(topic, place.route.presence, s.conn.ID())
	}
}

// addPresence notes that a listed channel tells who is there.
func (b *routesBuilder) addPresence(listed AnyPresence) error {
	if listed == nil {
		return fmt.Errorf("a listed presence is nil")
	}
	def := listed.presence()
	name := def.channel.spec.Name
	r := b.listed[def.channel]
	switch {
	case def.err != nil:
		return fmt.Errorf("presence on channel %q: %w", name, def.err)
	case r == nil:
		return fmt.Errorf("a presence is on channel %q, which no feature lists", name)
	case r.presence != nil:
		return fmt.Errorf("channel %q has two presences", name)
	}
	r.presence = def
	b.routes.present = append(b.routes.present, r)
	return nil
}
