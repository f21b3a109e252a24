package realtime

import (
	"context"

	"example.com/pergola/core/database"
)

// Recheck calls a topic's authorizer again: see Broadcaster.
//
// It includes sockets that were authorized just before but have not joined yet: they
// notice the changed rechecks counter.
func (h *Hub) Recheck(ctx context.Context, topic string) {
	again := func(context.Context) {
		h.rechecks.Add(1)
		go h.recheckAt(topic)
	}
	database.AfterCommit(ctx, again)
	database.InDoubt(ctx, again)
}

func (h *Hub) recheckAt(topic string) {
	sockets := h.topics.members(topic)
	for _, tracked := range h.Present(topic).Tracked() {
		sockets[tracked.Caller.socket] = struct{}{}
	}
	for s := range sockets {
		s.recheck(s, s.rights(nil), topic)
	}
}

func (t *topics) members(name string) map[*socket]struct{} {
	t.mu.Lock()
	topic := t.byName[name]
	t.mu.Unlock()
	if topic == nil {
		return map[*socket]struct{}{}
	}
	topic.mu.Lock()
	defer topic.mu.Unlock()
	members := make(map[*socket]struct{}, len(topic.members))
	for _, m := range topic.members {
		members[m.socket] = struct{}{}
	}
	return members
}
