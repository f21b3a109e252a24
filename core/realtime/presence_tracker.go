package realtime

import (
	"context"
	"strings"
)

var _ Tracker = (*Hub)(nil)

// Track notes that a connection is at a place: see Presence.Track.
func (h *Hub) Track(ctx context.Context, tracked Tracked) error {
	route, most, err := h.presenceSets.routeOf(tracked.presence)
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
func (h *Hub) Present(topic string) Attendance { return h.presenceSets.present(topic) }
