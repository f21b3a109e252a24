package realtime

import (
	"context"
	"encoding/json"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/internal/socketio"
)

// Gates 3 and 4: what may be sent, and by whom.

func (g *gates) deliver(ctx context.Context, topic string, data json.RawMessage, by requester, as func(params map[string]string) Caller) error {
	route, params, ok := g.routes.find(topic)
	if !ok {
		return g.rejected(gateInbound, errUnknownTopic, by)
	}
	if route.handle == nil {
		return g.rejected(gateInbound, errNoHandler, by)
	}
	caller := as(params)
	if err := route.admit(ctx, caller); err != nil {
		return g.rejected(gateSender, err, by)
	}
	return route.deliver(ctx, data, caller)
}

// floodPause is how long the server stops reading from a client after each event
// over the limit. It slows the client down to some hundred events a second before
// it is disconnected.
const floodPause = 2 * time.Millisecond

// Event puts an event from a client into its socket's queue.
func (g *gates) Event(c *socketio.Conn, event socketio.Event) {
	s := c.Owner.(*socket)
	if !s.events.take(g.now()) {
		g.answer(s, event, g.rejected(gateLimits, fault.TooMany, s.requester(eventTopic(event))))
		if !s.rejections.take(g.now()) {
			s.shut(ClosedTooMany)
		}
		c.Pause(floodPause)
		return
	}
	if event.Name == "ping" {
		g.answer(s, event, nil) // ahead of the queue: a slow handler doesn't mean a lost connection
		return
	}
	if !g.inFlight.begin() {
		g.answer(s, event, fault.Unavailable)
		return
	}
	begin, ok := s.eventQueue.put(event, g.limits.EventBurst)
	if !ok {
		g.inFlight.done()
		g.answer(s, event, g.rejected(gateLimits, fault.TooMany, s.requester(eventTopic(event))))
		return
	}
	if begin {
		go g.handleQueued(s)
	}
}

func (g *gates) handleQueued(s *socket) {
	for event, ok := s.eventQueue.take(); ok; event, ok = s.eventQueue.take() {
		g.handle(s, event)
		g.inFlight.done()
	}
}

func (g *gates) handle(s *socket, event socketio.Event) {
	if s.ctx.Err() != nil {
		return
	}
	err := g.dispatch(s, event)
	g.report(s.ctx, err)
	g.answer(s, event, err)
}

func (g *gates) dispatch(s *socket, event socketio.Event) error {
	if len(event.Args) != 1 {
		return &PayloadError{Problem: "must be one value"}
	}
	switch event.Name {
	case "subscribe":
		topic, err := topicArgument(event.Args[0])
		if err != nil {
			return err
		}
		return g.subscribe(s, topic)
	case "unsubscribe":
		topic, err := topicArgument(event.Args[0])
		if err == nil {
			s.leave(topic)
		}
		return err
	default:
		return g.deliver(s.ctx, event.Name, event.Args[0], s.requester(event.Name), func(params map[string]string) Caller {
			return s.rights(params).caller
		})
	}
}

// eventTopic returns the topic of an event that was not dispatched.
func eventTopic(event socketio.Event) string {
	if event.Name == "subscribe" || event.Name == "unsubscribe" || event.Name == "ping" {
		return ""
	}
	return event.Name
}

func topicArgument(data json.RawMessage) (topic string, err error) {
	if data[0] != '"' || json.Unmarshal(data, &topic) != nil {
		return "", &PayloadError{Problem: "must be the name of a topic"}
	}
	return topic, nil
}

// answer acknowledges an event if the client requested it.
func (g *gates) answer(s *socket, event socketio.Event, err error) {
	if !event.WantsAck() {
		return
	}
	if err == nil {
		s.conn.Ack(event, ackOK)
		return
	}
	s.conn.Ack(event, mustJSON(struct {
		OK    bool       `json:"ok"`
		Error *Rejection `json:"error"`
	}{false, rejectionOf(err)}))
}

var ackOK = json.RawMessage(`{"ok":true}`)
