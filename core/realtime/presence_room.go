package realtime

import (
	"bytes"
	"container/list"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime/internal/socketio"
)

// rooms are the places where somebody is, or was a moment ago.
//
// A room knows connections by their ids, which no two processes share, and no
// sockets: those of this process enter and leave it by socket.enter and
// socket.leavePlace. Connections that live in another process would enter by
// the same two doors, in the name of that process and until it is gone, and
// each process goes on telling its own sockets how the room stands.
type rooms struct {
	send   func(topic string, frame func() socketio.Frame)
	report func(context.Context, error)

	mu      sync.Mutex
	byTopic map[string]*room
	routes  map[*presence]*route
	most    int // places of one socket
}

// room is one place. Its lock may be taken by who holds a socket's, and that
// of a topic by who holds a room's; never the other way round.
type room struct {
	topic    string
	presence *presence

	mu      sync.Mutex
	here    map[string]*list.Element // by connection
	order   *list.List               // of Tracked, as they came
	users   map[string]int           // connections of each
	guests  int                      // connections without a user
	told    json.RawMessage          // what those who hear the topic know
	toldAt  time.Time
	due     bool // a telling is planned
	resting bool // nobody is here, which was told lately
	dropped bool // no longer in rooms
}

func (rs *rooms) seal(routes *routes, most int, report func(context.Context, error)) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.report, rs.most = report, most
	rs.routes = make(map[*presence]*route, len(routes.present))
	for _, r := range routes.present {
		rs.routes[r.presence] = r
	}
}

func (rs *rooms) routeOf(p *presence) (r *route, most int, err error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r = rs.routes[p]; r == nil {
		return nil, 0, fmt.Errorf("track on channel %q: no manifest lists this presence", p.orEmpty().channel.spec.Name)
	}
	return r, rs.most, nil
}

// in does something in a topic's room, which is made for it and goes again if
// nobody stays.
func (rs *rooms) in(topic string, p *presence, do func(*room)) {
	for done := false; !done; {
		done = rs.get(topic, p).locked(rs, do)
	}
}

func (rs *rooms) get(topic string, p *presence) *room {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	found := rs.byTopic[topic]
	if found == nil {
		found = &room{topic: topic, presence: p, here: map[string]*list.Element{}, order: list.New(), users: map[string]int{}}
		rs.byTopic[topic] = found
	}
	return found
}

// locked does something in the room; false if the room is no more.
func (r *room) locked(rs *rooms, do func(*room)) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dropped {
		return false
	}
	do(r)
	if len(r.here) == 0 && !r.due && !r.resting {
		r.dropped = true
		rs.drop(r.topic)
	}
	return true
}

func (rs *rooms) drop(topic string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.byTopic, topic)
}

func (rs *rooms) enter(connection string, tracked Tracked) {
	rs.in(tracked.Topic, tracked.presence, func(r *room) {
		r.put(connection, tracked)
		r.plan(rs)
	})
}

func (rs *rooms) leave(topic string, p *presence, connection string) {
	rs.in(topic, p, func(r *room) {
		r.take(connection)
		r.plan(rs)
	})
}

func (r *room) put(connection string, tracked Tracked) {
	if known, ok := r.here[connection]; ok {
		tracked.Since = known.Value.(Tracked).Since
		known.Value = tracked
		return
	}
	tracked.Since = time.Now()
	r.here[connection] = r.order.PushBack(tracked)
	if user := tracked.Caller.UserID; user != "" {
		r.users[user]++
	} else {
		r.guests++
	}
}

func (r *room) take(connection string) {
	known, here := r.here[connection]
	if !here {
		return
	}
	delete(r.here, connection)
	user := r.order.Remove(known).(Tracked).Caller.UserID
	if user == "" {
		r.guests--
	} else if r.users[user]--; r.users[user] == 0 {
		delete(r.users, user)
	}
}

// attendance is who is here. It may be listed while the room is locked.
func (r *room) attendance() Attendance {
	return Attendance{
		Users:       len(r.users),
		Visitors:    r.guests,
		Connections: len(r.here),
		list:        r.list,
	}
}

func (r *room) list() []Tracked {
	here := make([]Tracked, 0, r.order.Len())
	for e := r.order.Front(); e != nil; e = e.Next() {
		here = append(here, e.Value.(Tracked))
	}
	return here
}

func (rs *rooms) present(topic string) Attendance {
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

// plan sees to it that the room's state is told soon, together with what else
// happens until then.
func (r *room) plan(rs *rooms) {
	if r.due {
		return
	}
	r.due = true
	every := r.presence.every
	time.AfterFunc(max(every/10, every-time.Since(r.toldAt)), func() {
		r.locked(rs, func(r *room) { r.tell(rs) })
	})
}

// tell tells everybody who hears the topic how the room stands, if they do not
// know.
func (r *room) tell(rs *rooms) {
	r.due = false
	r.toldAt = time.Now()
	if len(r.here) == 0 {
		r.rest(rs)
	}
	state, ok := r.state(rs)
	if !ok || bytes.Equal(state, r.told) {
		return
	}
	r.told = state
	rs.send(r.topic, func() socketio.Frame { return socketio.NewEvent(r.topic, state, newMeta()) })
}

// rest keeps an empty room until it may be told of again, so that it is never
// told of more often than it should be.
func (r *room) rest(rs *rooms) {
	r.resting = true
	time.AfterFunc(r.presence.every, func() {
		r.locked(rs, func(r *room) { r.resting = false })
	})
}

// greet tells somebody who begins to hear the topic how the room stands: what
// the others have heard, so that whatever comes next is newer.
func (rs *rooms) greet(topic string, p *presence, conn connection) {
	rs.in(topic, p, func(r *room) {
		state := r.told
		if state == nil {
			var ok bool
			if state, ok = r.state(rs); !ok {
				return
			}
		}
		conn.Send(socketio.NewEvent(topic, state, newMeta()))
	})
}

// state is what the channel carries of the room. A defect in it is reported,
// and told to nobody.
func (r *room) state(rs *rooms) (state json.RawMessage, ok bool) {
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

func errManyPlaces(most int) error {
	return fault.TooMany.New("This connection is at %d places, which is the most it may.", most)
}
