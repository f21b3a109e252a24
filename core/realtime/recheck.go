package realtime

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"example.com/pergola/core/database"
)

// parallelRechecks is how many sockets of a topic are checked at the same time.
const parallelRechecks = 8

// Recheck calls a topic's authorizer again: see Broadcaster.
//
// It includes sockets that were authorized just before but have not joined yet: they
// notice that the topic was rechecked since.
func (h *Hub) Recheck(ctx context.Context, topic string) {
	again := func(context.Context) { h.rechecks.request(topic, h.recheckAt) }
	database.AfterCommit(ctx, again)
	database.InDoubt(ctx, again)
}

func (h *Hub) recheckAt(topic string) {
	sockets := h.topics.members(topic)
	for _, tracked := range h.Present(topic).Tracked() {
		sockets[tracked.Caller.socket] = struct{}{}
	}
	var group errgroup.Group
	group.SetLimit(parallelRechecks)
	for s := range sockets {
		group.Go(func() error {
			s.recheck(s, topic)
			return nil
		})
	}
	_ = group.Wait() // no function returns an error
}

// rechecks runs the rechecks of a topic one after the other. Those that are
// requested while one runs are done together, after it.
type rechecks struct {
	clock atomic.Uint64 // orders questions to authorizers and requests for rechecks
	seed  maphash.Seed
	last  [256]atomic.Uint64 // request of a topic, by the hash of its name

	mu      sync.Mutex
	running map[string]bool // topics, and whether another recheck was requested
}

func newRechecks() rechecks {
	return rechecks{seed: maphash.MakeSeed(), running: map[string]bool{}}
}

// ask returns the time of a question to an authorizer.
func (r *rechecks) ask() uint64 { return r.clock.Add(1) }

// since reports whether a recheck of the topic was requested after a question. Topics
// with the same hash can make it true too early, which costs another question.
func (r *rechecks) since(asked uint64, topic string) bool { return r.of(topic).Load() > asked }

func (r *rechecks) of(topic string) *atomic.Uint64 {
	return &r.last[maphash.String(r.seed, topic)%uint64(len(r.last))]
}

// request runs a recheck of the topic in the background.
func (r *rechecks) request(topic string, run func(topic string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(topic).Store(r.clock.Add(1))
	_, running := r.running[topic]
	r.running[topic] = running
	if !running {
		go func() {
			for again := true; again; again = r.next(topic) {
				run(topic)
			}
		}()
	}
}

// next reports whether a recheck was requested since the last one began.
func (r *rechecks) next(topic string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running[topic] {
		r.running[topic] = false
		return true
	}
	delete(r.running, topic)
	return false
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
