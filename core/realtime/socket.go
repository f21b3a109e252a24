package realtime

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/internal/socketio"
)

// Why the server closes a socket: the reason of the event "closing", which
// comes before the disconnect.
const (
	// ClosedSessionEnded is for a session that was signed out, here or from
	// elsewhere: coming back makes no sense before the next sign-in.
	ClosedSessionEnded = "session_ended"
	// ClosedExpired is for a session whose time is over.
	ClosedExpired = "expired"
	// ClosedRestart is for a server that stops, or that may have missed something
	// that concerns the socket: come back a little later.
	ClosedRestart = "restart"
	// ClosedTooMany is for a client that goes on sending too much.
	ClosedTooMany = "too_many"
)

var _ connection = (*socketio.Conn)(nil)

// socket is one connected browser tab.
type socket struct {
	hub        *Hub
	conn       connection
	userID     string
	sessionID  string
	network    string          // as in Rejected
	ctx        context.Context // ends with the socket
	cancel     context.CancelFunc
	recheck    func(s *socket, under rights, only string) // asks the authorizers again; set by the server
	eventQueue eventQueue
	events     bucket // what it may send; used by the transport's one goroutine
	rejections bucket // how often it may be told that it sends too much

	mu            sync.Mutex
	identity      Identity
	changes       int // of rights, counted
	subscriptions map[string]subscription
	tracked       map[string]routedTopic // where it is, by topic
	expiry        *time.Timer
	over          bool
}

type subscription struct {
	topic  *topic
	route  *route
	params map[string]string
}

// rights are what a socket was allowed at one moment.
type rights struct {
	caller   Caller
	changes  int
	rechecks uint64
}

// mayBeStale reports whether these rights may no longer be the socket's, which
// must be locked.
func (s *socket) mayBeStale(under rights) bool {
	return s.changes != under.changes || s.hub.rechecks.Load() != under.rechecks
}

func newSocket(ctx context.Context, hub *Hub, conn connection, identity Identity) *socket {
	s := &socket{
		hub:           hub,
		conn:          conn,
		userID:        identity.UserID,
		sessionID:     identity.SessionID,
		network:       networkOf(conn.Request()),
		identity:      identity,
		subscriptions: map[string]subscription{},
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

// rights are what the socket is allowed now, for a topic with these values.
func (s *socket) rights(params map[string]string) rights {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.present(params)
}

func (s *socket) present(params map[string]string) rights {
	caller := s.identity.caller(s.conn.ID())
	caller.params = params
	caller.socket = s
	return rights{caller: caller, changes: s.changes, rechecks: s.hub.rechecks.Load()}
}

// join makes the socket hear a topic, if its rights are still those under which
// that was allowed. Otherwise current is false and the question must be asked
// again.
func (s *socket) join(name string, r *route, under rights, most int) (current bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, already := s.subscriptions[name]
	switch {
	case s.over:
		return true, errGone
	case s.mayBeStale(under):
		return false, nil
	case already:
		return true, nil
	case len(s.subscriptions) >= most:
		return true, fault.TooMany.New("This connection hears %d topics, which is the most it may.", most)
	}
	joined := s.hub.topics.join(name, r.spec.Name, s)
	if s.mayBeStale(under) { // whoever asks again just now may have looked before the socket was there
		s.hub.topics.leave(joined, s)
		return false, nil
	}
	s.subscriptions[name] = subscription{topic: joined, route: r, params: under.caller.params}
	s.hub.changes.Add(1)
	if r.presence != nil {
		s.hub.presenceSets.sendState(name, r.presence, s.conn)
	}
	return true, nil
}

func (s *socket) leave(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(name)
}

func (s *socket) drop(name string) {
	if sub, ok := s.subscriptions[name]; ok {
		s.hub.topics.leave(sub.topic, s)
		delete(s.subscriptions, name)
		s.hub.changes.Add(1)
	}
}

// changeRoles takes away what the new roles do not open.
func (s *socket) changeRoles(roles []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.identity.Roles = roles
	s.changes++
	keyed := false
	for name, sub := range s.subscriptions {
		now := s.present(sub.params)
		if err := sub.route.withinScope(now.caller); err != nil {
			s.revoke(name, err)
		} else if sub.route.authorize != nil {
			keyed = true
		}
	}
	for name, place := range s.tracked {
		if err := place.route.withinScope(s.present(place.params).caller); err != nil {
			s.untrack(name)
		} else if place.route.authorize != nil {
			keyed = true
		}
	}
	if keyed {
		go s.recheck(s, s.present(nil), everyTopic)
	}
}

// lose ends a subscription and says so. Nothing of the topic comes after that.
func (s *socket) revoke(name string, why error) {
	s.drop(name)
	s.conn.Send(unsubscribedFrame(name, why))
}

// everyTopic is no topic's name.
const everyTopic = ""

// keyed are the topics that an authorizer let the socket hear, or be at: all,
// or the only one that is asked for.
func (s *socket) keyed(only string) map[string]routedTopic {
	s.mu.Lock()
	defer s.mu.Unlock()
	keyed := map[string]routedTopic{}
	for name, sub := range s.subscriptions {
		if sub.route.authorize != nil && (only == everyTopic || only == name) {
			keyed[name] = routedTopic{sub.route, sub.params}
		}
	}
	for name, place := range s.tracked {
		if place.route.authorize != nil && (only == everyTopic || only == name) {
			keyed[name] = place
		}
	}
	return keyed
}

// revokeUnder ends what was rejected under these rights. If they have changed,
// another question about it is on its way.
func (s *socket) revokeUnder(under rights, name string, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.changes != under.changes {
		return
	}
	if _, subscribed := s.subscriptions[name]; subscribed {
		s.revoke(name, why)
	}
	s.untrack(name)
}

// expireIn closes the socket when its session's time is over.
func (s *socket) expireIn(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.expiry = time.AfterFunc(d, func() { s.shut(ClosedExpired) })
	}
}

// shut tells the client why, and closes the socket.
func (s *socket) shut(reason string) {
	if s.end() {
		s.hub.logger.Debug("socket closed", "reason", reason, "socket", s.conn.ID(), "user", s.userID)
		s.conn.Shut(closingFrame(reason))
	}
}

// end takes the socket out of everything; false if it was out already.
func (s *socket) end() bool {
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		return false
	}
	s.over = true
	if s.expiry != nil {
		s.expiry.Stop()
	}
	for name := range s.subscriptions {
		s.drop(name)
	}
	for name := range s.tracked {
		s.untrack(name)
	}
	s.mu.Unlock()
	s.cancel()
	s.hub.remove(s)
	return true
}

func closingFrame(reason string) socketio.Frame {
	return socketio.NewEvent("closing", mustJSON(map[string]string{"reason": reason}))
}

func unsubscribedFrame(topic string, why error) socketio.Frame {
	return socketio.NewEvent("unsubscribed", mustJSON(struct {
		Topic string     `json:"topic"`
		Error *Rejection `json:"error"`
	}{topic, rejectionOf(why)}))
}

// mustJSON is for values that always encode.
func mustJSON(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
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
	_, already := s.tracked[tracked.Topic]
	switch {
	case s.over:
		return true, errGone
	case s.mayBeStale(under) || heard && !hears:
		return false, nil
	case !already && len(s.tracked) >= most:
		return true, errManyPlaces(most)
	}
	if s.tracked == nil {
		s.tracked = map[string]routedTopic{}
	}
	s.tracked[tracked.Topic] = routedTopic{route: r, params: under.caller.params}
	s.hub.presenceSets.enter(s.conn.ID(), tracked)
	if !already && s.mayBeStale(under) { // as in join
		s.untrack(tracked.Topic)
		return false, nil
	}
	return true, nil
}

func (s *socket) quit(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.untrack(topic)
}

// untrack takes the socket from a place. The socket must be locked.
func (s *socket) untrack(topic string) {
	if place, ok := s.tracked[topic]; ok {
		delete(s.tracked, topic)
		s.hub.presenceSets.leave(topic, place.route.presence, s.conn.ID())
	}
}

func shutAll(sockets []*socket, reason string) {
	for _, s := range sockets {
		s.shut(reason)
	}
}
