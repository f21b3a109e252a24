package realtime

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/internal/socketio"
)

// The reasons of the event "closing", which precedes a disconnect by the server.
const (
	// ClosedSessionEnded means that the session was signed out. Reconnect after
	// the next sign-in.
	ClosedSessionEnded = "session_ended"
	// ClosedExpired means that the session has expired.
	ClosedExpired = "expired"
	// ClosedRestart means that the server stops, or may have missed a message for
	// the socket. Reconnect a little later.
	ClosedRestart = "restart"
	// ClosedTooMany means that the client exceeded the rate limit.
	ClosedTooMany = "too_many"
)

var _ connection = (*socketio.Conn)(nil)

// socket is the connection of one browser tab.
type socket struct {
	hub        *Hub
	conn       connection
	userID     string
	sessionID  string
	network    string          // as in Rejected
	ctx        context.Context // ends with the socket
	cancel     context.CancelFunc
	recheck    func(s *socket, only string) // calls the authorizers again; set by the server
	eventQueue eventQueue
	events     bucket // rate limit; used by one goroutine of the transport
	rejections bucket // rejections before the socket is closed

	mu            sync.Mutex
	identity      Identity
	changes       int // number of changes of rights
	subscriptions map[string]subscription
	tracked       map[string]routedTopic // presences, by topic
	expiry        *time.Timer
	over          bool
}

type subscription struct {
	routedTopic
	topic *topic
}

// rights are the permissions of a socket for a topic at one moment.
type rights struct {
	caller  Caller
	changes int
	asked   uint64 // when, on the clock of the rechecks
}

// mayBeStale reports whether the rights for a topic may have changed. The socket
// must be locked.
func (s *socket) mayBeStale(under rights, topic string) bool {
	return s.changes != under.changes || s.hub.rechecks.since(under.asked, topic)
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

// rights returns the current rights for topics with these parameters.
func (s *socket) rights(params map[string]string) rights {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.present(params)
}

func (s *socket) present(params map[string]string) rights {
	caller := s.identity.caller(s.conn.ID())
	caller.params = params
	caller.socket = s
	return rights{caller: caller, changes: s.changes, asked: s.hub.rechecks.ask()}
}

// join subscribes the socket to a topic if its rights are still those that were
// checked. Otherwise current is false and they must be checked again; in the last
// attempt, they are checked after joining.
func (s *socket) join(name string, r *route, under rights, most int, last bool) (current bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	existing, already := s.subscriptions[name]
	switch {
	case s.over:
		return true, errGone
	case s.mayBeStale(under, name) && !last:
		return false, nil
	case already:
		existing.asked = max(existing.asked, under.asked)
		s.subscriptions[name] = existing
		return true, nil
	case len(s.subscriptions) >= most:
		return true, fault.TooMany.New("This connection has reached the limit of %d subscriptions.", most)
	}
	if err := r.withinScope(s.present(under.caller.params).caller); err != nil {
		return true, err
	}
	joined := s.hub.topics.join(name, r.spec.Name, s)
	if s.mayBeStale(under, name) { // a concurrent recheck may have run before the socket was added
		if !last {
			s.hub.topics.leave(joined, s)
			return false, nil
		}
		go s.recheck(s, name)
	}
	s.subscriptions[name] = subscription{routedTopic{r, under.caller.params, under.asked}, joined}
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

// changeRoles removes the subscriptions that the new roles do not allow.
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
		go s.recheck(s, everyTopic)
	}
}

// revoke ends a subscription and notifies the client. No message of the topic
// follows.
func (s *socket) revoke(name string, why error) {
	s.drop(name)
	s.conn.Send(unsubscribedFrame(name, why))
}

// everyTopic stands for all topics; it is not a valid name.
const everyTopic = ""

// keyed returns the topics, or the only one, that an authorizer gave access to.
func (s *socket) keyed(only string) map[string]routedTopic {
	s.mu.Lock()
	defer s.mu.Unlock()
	keyed := map[string]routedTopic{}
	for name, sub := range s.subscriptions {
		if sub.route.authorize != nil && (only == everyTopic || only == name) {
			keyed[name] = sub.routedTopic
		}
	}
	for name, place := range s.tracked {
		if place.route.authorize != nil && (only == everyTopic || only == name) {
			keyed[name] = place
		}
	}
	return keyed
}

// settle applies an authorizer's answer for these rights. If they have changed,
// another check is under way. Of two answers, the one to the later question counts.
func (s *socket) settle(name string, under rights, denied error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.changes != under.changes {
		return
	}
	sub, subscribed := s.subscriptions[name]
	place, tracked := s.tracked[name]
	if denied != nil {
		if subscribed && sub.asked < under.asked {
			s.revoke(name, denied)
		}
		if tracked && place.asked < under.asked {
			s.untrack(name)
		}
		return
	}
	if subscribed {
		sub.asked = max(sub.asked, under.asked)
		s.subscriptions[name] = sub
	}
	if tracked {
		place.asked = max(place.asked, under.asked)
		s.tracked[name] = place
	}
}

// expireIn closes the socket after d, when its session expires.
func (s *socket) expireIn(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.expiry = time.AfterFunc(d, func() { s.shut(ClosedExpired) })
	}
}

// shut sends the reason to the client and closes the socket.
func (s *socket) shut(reason string) {
	if s.end() {
		s.hub.logger.Debug("socket closed", "reason", reason, "socket", s.conn.ID(), "user", s.userID)
		s.conn.Shut(closingFrame(reason))
	}
}

// end removes the socket from everything. It returns false if that has happened
// before.
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

// rightsAt returns the rights of the socket, and whether it is subscribed to the
// topic.
func (s *socket) rightsAt(topic string, params map[string]string) (under rights, subscribed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, subscribed = s.subscriptions[topic]
	return s.present(params), subscribed
}

// enter tracks the socket if it still has the rights, or the subscription, that
// was checked. Otherwise current is false and they must be checked again; in the
// last attempt, as in join.
func (s *socket) enter(r *route, tracked Tracked, under rights, subscribed bool, most int, last bool) (current bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, stillSubscribed := s.subscriptions[tracked.Topic]
	_, already := s.tracked[tracked.Topic]
	switch {
	case s.over:
		return true, errGone
	case s.mayBeStale(under, tracked.Topic) && !last, subscribed && !stillSubscribed:
		return false, nil
	case !already && len(s.tracked) >= most:
		return true, errTooManyPresences(most)
	}
	if err := r.withinScope(s.present(under.caller.params).caller); err != nil {
		return true, err
	}
	if s.tracked == nil {
		s.tracked = map[string]routedTopic{}
	}
	place := routedTopic{r, under.caller.params, under.asked}
	if subscribed {
		place.asked = sub.asked
	}
	s.tracked[tracked.Topic] = place
	s.hub.presenceSets.enter(s.conn.ID(), tracked)
	if s.mayBeStale(under, tracked.Topic) {
		switch {
		case last:
			go s.recheck(s, tracked.Topic)
		case !already:
			s.untrack(tracked.Topic)
			return false, nil
		}
	}
	return true, nil
}

func (s *socket) quit(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.untrack(topic)
}

// untrack ends a presence of the socket, which must be locked.
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
