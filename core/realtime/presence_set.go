package realtime

import (
	"bytes"
	"container/list"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime/internal/socketio"
)

// presenceSets holds the presence sets of all topics.
//
// A set knows connections by their ids, which are unique across processes. Sockets
// of this process are added and removed by socket.enter and socket.untrack.
type presenceSets struct {
	send   func(topic string, frame func() socketio.Frame)
	report func(context.Context, error)

	mu      sync.Mutex
	byTopic map[string]*presenceSet
	routes  map[*presence]*route
	most    int // presences of one socket
}

// presenceSet is who is present on one topic. Lock order: socket, presenceSet,
// topic.
type presenceSet struct {
	topic    string
	presence *presence

	mu          sync.Mutex
	members     map[string]*list.Element // by connection id
	order       *list.List               // of Tracked, oldest first
	users       map[string]int           // connections of each user
	visitors    int                      // connections without a user
	published   json.RawMessage          // the state that subscribers have
	publishedAt time.Time
	scheduled   bool // a publication is scheduled
	resting     bool // empty, and published recently
	dropped     bool // removed from presenceSets
}

func (rs *presenceSets) register(routes *routes, most int, report func(context.Context, error)) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.report, rs.most = report, most
	rs.routes = make(map[*presence]*route, len(routes.present))
	for _, r := range routes.present {
		rs.routes[r.presence] = r
	}
}

func (rs *presenceSets) routeOf(p *presence) (r *route, most int, err error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r = rs.routes[p]; r == nil {
		return nil, 0, fmt.Errorf("track on channel %q: no manifest lists this presence", p.orEmpty().channel.spec.Name)
	}
	return r, rs.most, nil
}

// in calls do with the locked presenceSet of a topic, which is created first and
// removed afterwards if it is empty.
func (rs *presenceSets) in(topic string, p *presence, do func(*presenceSet)) {
	for done := false; !done; {
		done = rs.get(topic, p).locked(rs, do)
	}
}

func (rs *presenceSets) get(topic string, p *presence) *presenceSet {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	found := rs.byTopic[topic]
	if found == nil {
		found = &presenceSet{topic: topic, presence: p, members: map[string]*list.Element{}, order: list.New(), users: map[string]int{}}
		rs.byTopic[topic] = found
	}
	return found
}

// locked calls do with the presenceSet locked. It returns false if the presenceSet
// was removed.
func (r *presenceSet) locked(rs *presenceSets, do func(*presenceSet)) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dropped {
		return false
	}
	do(r)
	if len(r.members) == 0 && !r.scheduled && !r.resting {
		r.dropped = true
		rs.drop(r.topic)
	}
	return true
}

func (rs *presenceSets) drop(topic string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.byTopic, topic)
}

func (rs *presenceSets) enter(connection string, tracked Tracked) {
	rs.in(tracked.Topic, tracked.presence, func(r *presenceSet) {
		r.put(connection, tracked)
		r.schedule(rs)
	})
}

func (rs *presenceSets) leave(topic string, p *presence, connection string) {
	rs.in(topic, p, func(r *presenceSet) {
		r.take(connection)
		r.schedule(rs)
	})
}

func (r *presenceSet) put(connection string, tracked Tracked) {
	if known, ok := r.members[connection]; ok {
		tracked.Since = known.Value.(Tracked).Since
		known.Value = tracked
		return
	}
	tracked.Since = time.Now()
	r.members[connection] = r.order.PushBack(tracked)
	if user := tracked.Caller.UserID; user != "" {
		r.users[user]++
	} else {
		r.visitors++
	}
}

func (r *presenceSet) take(connection string) {
	known, members := r.members[connection]
	if !members {
		return
	}
	delete(r.members, connection)
	user := r.order.Remove(known).(Tracked).Caller.UserID
	if user == "" {
		r.visitors--
	} else if r.users[user]--; r.users[user] == 0 {
		delete(r.users, user)
	}
}

// attendance returns a snapshot, which may be listed while the set is locked.
func (r *presenceSet) attendance() Attendance {
	return Attendance{
		Users:       len(r.users),
		Visitors:    r.visitors,
		Connections: len(r.members),
		list:        r.list,
	}
}

func (r *presenceSet) list() []Tracked {
	members := make([]Tracked, 0, r.order.Len())
	for e := r.order.Front(); e != nil; e = e.Next() {
		members = append(members, e.Value.(Tracked))
	}
	return members
}

func (rs *presenceSets) present(topic string) Attendance {
	rs.mu.Lock()
	r := rs.byTopic[topic]
	rs.mu.Unlock()
	if r == nil {
		return Attendance{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	who := r.attendance()
	who.list = func() []Tracked {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.list()
	}
	return who
}

// schedule publishes the state soon, combined with further changes until then.
func (r *presenceSet) schedule(rs *presenceSets) {
	if r.scheduled {
		return
	}
	r.scheduled = true
	every := r.presence.every
	time.AfterFunc(max(every/10, every-time.Since(r.publishedAt)), func() {
		r.locked(rs, func(r *presenceSet) { r.publish(rs) })
	})
}

// publish sends the state to all subscribers if it has changed.
func (r *presenceSet) publish(rs *presenceSets) {
	r.scheduled = false
	r.publishedAt = time.Now()
	if len(r.members) == 0 {
		r.rest(rs)
	}
	state, ok := r.state(rs)
	if !ok || bytes.Equal(state, r.published) {
		return
	}
	r.published = state
	rs.send(r.topic, func() socketio.Frame { return socketio.NewEvent(r.topic, state, newMeta()) })
}

// rest keeps an empty set for one interval, so that the minimum interval between
// publications also holds for those who join next.
func (r *presenceSet) rest(rs *presenceSets) {
	r.resting = true
	time.AfterFunc(r.presence.every, func() {
		r.locked(rs, func(r *presenceSet) { r.resting = false })
	})
}

// sendState sends a new subscriber the state that the others have, so that
// whatever comes next is newer.
func (rs *presenceSets) sendState(topic string, p *presence, conn connection) {
	rs.in(topic, p, func(r *presenceSet) {
		state := r.published
		if state == nil {
			var ok bool
			if state, ok = r.state(rs); !ok {
				return
			}
		}
		conn.Send(socketio.NewEvent(topic, state, newMeta()))
	})
}

// state returns the encoded state. A defect in it is reported and nothing is sent.
func (r *presenceSet) state(rs *presenceSets) (state json.RawMessage, ok bool) {
	err := observe.Run(context.Background(), observe.LayerChannel, r.presence.channel.spec.Name, func(context.Context) (err error) {
		state, err = r.presence.encode(r.attendance())
		return err
	})
	if err != nil {
		rs.report(context.Background(), fmt.Errorf("publish the presence of %s: %w", r.topic, err))
		return nil, false
	}
	return state, true
}
