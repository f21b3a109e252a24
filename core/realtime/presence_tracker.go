package realtime

import (
	"context"
	"strings"
)

var _ Tracker = (*Hub)(nil)

// Track implements Tracker: see Presence.Track.
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
	for attempt := 1; ; attempt++ {
		under, subscribed := s.rightsAt(tracked.Topic, params)
		if !subscribed { // a subscriber has access
			if err := route.admit(ctx, under.caller); err != nil {
				return err
			}
		}
		tracked.Caller = under.caller
		if current, err := s.enter(route, tracked, under, subscribed, most, attempt >= attempts); current {
			return err
		}
	}
}

// Untrack implements Tracker: see Presence.Untrack.
func (h *Hub) Untrack(_ context.Context, topic string, caller Caller) {
	if s := caller.socket; s != nil && s.hub == h {
		s.quit(topic)
	}
}

// Present returns who is present on a topic. Counting is cheap; listing costs as
// much as there are connections.
func (h *Hub) Present(topic string) Attendance { return h.presenceSets.present(topic) }
