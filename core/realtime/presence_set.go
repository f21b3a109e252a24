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

// presenceSets are the tracked where somebody is, or was a moment ago.
//
// A presenceSet knows connections by their ids, which no two processes share, and no
// sockets: those of this process enter and leave it by socket.enter and
// socket.untrack. Connections that live in another process would enter by
// the same two doors, in the name of that process and until it is gone, and
// each process goes on telling its own sockets how the presenceSet stands.
type presenceSets struct {
	send   func(topic string, frame func() socketio.Frame)
	report func(context.Context, error)

	mu      sync.Mutex
	byTopic map[string]*presenceSet
	routes  map[*presence]*route
	most    int // tracked of one socket
}

// presenceSet is one place. Its lock may be taken by who holds a socket's, and that
// of a topic by who holds a presenceSet's; never the other way round.
type presenceSet struct {
	topic    string
	presence *presence

	mu          sync.Mutex
	members     map[string]*list.Element // by connection
	order       *list.List               // of Tracked, as they came
	users       map[string]int           // connections of each
	visitors    int                      // connections without a user
	published   json.RawMessage          // what those who hear the topic know
	publishedAt time.Time
	scheduled   bool // a telling is planned
	resting     bool // nobody is members, which was published lately
	dropped     bool // no longer in presenceSets
}

func (rs *presenceSets) seal(routes *routes, most int, report func(context.Context, error)) {
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

// in does something in a topic's presenceSet, which is made for it and goes again if
// nobody stays.
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

// locked does something in the presenceSet; false if the presenceSet is no more.
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

// attendance is who is members. It may be listed while the presenceSet is locked.
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

// plan sees to it that the presenceSet's state is published soon, together with what else
// happens until then.
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

// tell tells everybody who hears the topic how the presenceSet stands, if they do not
// know.
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

// rest keeps an empty presenceSet until it may be published of again, so that it is never
// published of more often than it should be.
func (r *presenceSet) rest(rs *presenceSets) {
	r.resting = true
	time.AfterFunc(r.presence.every, func() {
		r.locked(rs, func(r *presenceSet) { r.resting = false })
	})
}

// greet tells somebody who begins to hear the topic how the presenceSet stands: what
// the others have heard, so that whatever comes next is newer.
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

// state is what the channel carries of the presenceSet. A defect in it is reported,
// and published to nobody.
func (r *presenceSet) state(rs *presenceSets) (state json.RawMessage, ok bool) {
	err := observe.Run(context.Background(), observe.LayerChannel, r.presence.channel.spec.Name, func(context.Context) (err error) {
		state, err = r.presence.encode(r.attendance())
		return err
	})
	if err != nil {
		rs.report(context.Background(), fmt.Errorf("tell who is at %s: %w", r.topic, err))
		return nil, false
	}
	return state, true
}
