package realtimetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
)

// timeout is how long a client waits. It is long because test machines are busy; a
// test that passes never waits this long.
const timeout = 20 * time.Second

// Client is a browser tab: a Socket.IO v5 client on a real websocket. Methods
// that return an error may be called from any goroutine; those that end the
// test only from its own.
type Client struct {
	t    testing.TB
	conn *websocket.Conn
	id   string

	writing sync.Mutex

	mu      sync.Mutex
	changed chan struct{} // closed and replaced with every change below
	events  []Event
	acks    map[int]json.RawMessage
	nextAck int
	ended   error // why the connection ended
}

// Event is an event from the server.
type Event struct {
	Name    string            // a topic, "closing" or "unsubscribed"
	Args    []json.RawMessage // the payload, and for a topic its Meta
	Payload json.RawMessage   // the first of Args
}

// Meta is sent with every payload.
type Meta struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// RejectedError is the error of a connection that the server rejected.
type RejectedError struct {
	Status  int    // the HTTP status if the handshake was rejected; 0 for a connect_error
	Code    string // a fault.Kind; the message of a connect_error
	Message string
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("connection rejected: %s %s (status %d)", e.Code, e.Message, e.Status)
}

// Is makes errors.Is(err, fault.Unauthenticated) work.
func (e *RejectedError) Is(target error) bool { return target == fault.Kind(e.Code) }

// ErrDisconnected is the error of a client that the server has disconnected.
// Official clients report it as "io server disconnect".
var ErrDisconnected = errors.New("io server disconnect")

// Dial connects to the server at a base URL ("http://127.0.0.1:8080"). The header
// contains a session cookie, or is nil for a visitor. Dial fails the test if the
// connection is rejected, and closes the connection when the test ends.
func Dial(t testing.TB, baseURL string, header http.Header) *Client {
	t.Helper()
	client, err := TryDial(t, baseURL, header)
	if err != nil {
		t.Fatalf("dial %s: %v", baseURL, err)
	}
	return client
}

// DialRejected connects and expects a rejection, which it returns.
func DialRejected(t testing.TB, baseURL string, header http.Header) *RejectedError {
	t.Helper()
	_, err := TryDial(t, baseURL, header)
	rejected, ok := errors.AsType[*RejectedError](err)
	if !ok {
		t.Fatalf("dial %s: got %v, want a rejection", baseURL, err)
	}
	return rejected
}

// TryDial is Dial, but returns errors. A rejection is a *RejectedError.
func TryDial(t testing.TB, baseURL string, header http.Header) (*Client, error) {
	dialer := websocket.Dialer{HandshakeTimeout: timeout}
	address := "ws" + strings.TrimPrefix(baseURL, "http") + "/socket.io/?EIO=4&transport=websocket"
	conn, response, err := dialer.DialContext(t.Context(), address, header)
	if err != nil {
		return nil, rejectedHandshake(response, err)
	}
	c := &Client{t: t, conn: conn, changed: make(chan struct{}), acks: map[int]json.RawMessage{}}
	if err := c.connect(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	t.Cleanup(c.Close)
	go c.read()
	return c, nil
}

func rejectedHandshake(response *http.Response, err error) error {
	if response == nil {
		return err
	}
	rejected := &RejectedError{Status: response.StatusCode}
	_ = json.NewDecoder(response.Body).Decode(rejected)
	return rejected
}

func (c *Client) connect() error {
	_ = c.conn.SetReadDeadline(time.Now().Add(timeout))
	if opened, err := c.frame(); err != nil || !strings.HasPrefix(opened, "0{") {
		return fmt.Errorf("open: got %q, %w", opened, err)
	}
	if err := c.Write("40"); err != nil {
		return err
	}
	reply, err := c.frame()
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if data, ok := strings.CutPrefix(reply, "44"); ok {
		return rejectedConnect(data)
	}
	var connected struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(reply, "40")), &connected); err != nil {
		return fmt.Errorf("connect: got %q", reply)
	}
	c.id = connected.SID
	return c.conn.SetReadDeadline(time.Time{})
}

func rejectedConnect(data string) error {
	var reply struct {
		Message string
		Data    struct{ Message string }
	}
	if err := json.Unmarshal([]byte(data), &reply); err != nil {
		return fmt.Errorf("connect_error: %q: %w", data, err)
	}
	return &RejectedError{Code: reply.Message, Message: reply.Data.Message}
}

func (c *Client) frame() (string, error) {
	kind, data, err := c.conn.ReadMessage()
	if err == nil && kind != websocket.TextMessage {
		err = fmt.Errorf("got a binary frame")
	}
	return string(data), err
}

// ID is the socket's id, Caller.SocketID in handlers.
func (c *Client) ID() string { return c.id }

// Write sends a frame as it is, for tests of the protocol: `42["topic",{}]`.
func (c *Client) Write(frame string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.conn.WriteMessage(websocket.TextMessage, []byte(frame))
}

// WriteBinary sends a binary frame.
func (c *Client) WriteBinary(data []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.conn.WriteMessage(websocket.BinaryMessage, data)
}

// Close drops the connection without a goodbye, like a closed laptop.
func (c *Client) Close() { _ = c.conn.Close() }

// Disconnect ends the connection properly, like a closed tab.
func (c *Client) Disconnect() {
	_ = c.Write("41")
	c.Close()
}

// Subscribe subscribes to a topic. A rejection is a *realtime.Rejection.
func (c *Client) Subscribe(topic string) error { return c.Emit("subscribe", topic) }

// MustSubscribe subscribes to topics and fails the test if one is rejected.
func (c *Client) MustSubscribe(topics ...string) {
	c.t.Helper()
	for _, topic := range topics {
		if err := c.Subscribe(topic); err != nil {
			c.t.Fatalf("subscribe to %s: %v", topic, err)
		}
	}
}

// Unsubscribe unsubscribes from a topic.
func (c *Client) Unsubscribe(topic string) error { return c.Emit("unsubscribe", topic) }

// Emit sends a payload and waits for the acknowledgment. A rejection is a
// *realtime.Rejection, which matches its kind with errors.Is(err, fault.Forbidden).
func (c *Client) Emit(topic string, payload any) error {
	data, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	return c.EmitJSON(topic, string(data))
}

// EmitJSON is Emit for payloads that no Go value can express.
func (c *Client) EmitJSON(topic, data string) error {
	c.mu.Lock()
	id := c.nextAck
	c.nextAck++
	c.mu.Unlock()
	if err := c.Write("42" + strconv.Itoa(id) + "[" + strconv.Quote(topic) + "," + data + "]"); err != nil {
		return err
	}
	var reply json.RawMessage
	err := c.wait(func() (done bool) {
		reply, done = c.acks[id]
		delete(c.acks, id)
		return done
	})
	if err != nil {
		return fmt.Errorf("acknowledgment of %s: %w", topic, err)
	}
	return readAck(reply)
}

func readAck(reply json.RawMessage) error {
	var ack []struct {
		OK    bool                `json:"ok"`
		Error *realtime.Rejection `json:"error"`
	}
	if err := json.Unmarshal(reply, &ack); err != nil || len(ack) != 1 || ack[0].OK == (ack[0].Error != nil) {
		return fmt.Errorf("invalid acknowledgment %q", reply)
	}
	if ack[0].Error != nil {
		return ack[0].Error
	}
	return nil
}

// Receive waits for the next event with this name, such as a topic, and removes it
// from the queue. Other events stay in order.
func (c *Client) Receive(name string) (Event, error) {
	var event Event
	err := c.wait(func() bool {
		for i := range c.events {
			if c.events[i].Name == name {
				event = c.events[i]
				c.events = append(c.events[:i], c.events[i+1:]...)
				return true
			}
		}
		return false
	})
	if err != nil {
		err = fmt.Errorf("wait for %s: %w", name, err)
	}
	return event, err
}

// Sync waits until everything that the server has sent before has arrived.
func (c *Client) Sync() error { return c.Unsubscribe("realtimetest.sync") }

// ExpectNothing fails the test if an event of the topic has arrived that was not
// received yet.
func (c *Client) ExpectNothing(topic string) {
	c.t.Helper()
	err := c.Sync()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && c.ended == nil {
		c.t.Fatalf("expect nothing on %s: %v", topic, err)
	}
	for _, event := range c.events {
		if event.Name == topic {
			c.t.Fatalf("got %s on %s, want nothing", event.Payload, topic)
		}
	}
}

// WaitUnsubscribed waits until the server removes the subscription, and returns the
// reason.
func (c *Client) WaitUnsubscribed(topic string) *realtime.Rejection {
	c.t.Helper()
	event, err := c.Receive("unsubscribed")
	if err != nil {
		c.t.Fatal(err)
	}
	var notice struct {
		Topic string
		Error *realtime.Rejection
	}
	if err := json.Unmarshal(event.Payload, &notice); err != nil || notice.Topic != topic {
		c.t.Fatalf("unsubscribed: got %s, want topic %s", event.Payload, topic)
	}
	return notice.Error
}

// WaitClosed waits until the server disconnects this client. The event "closing"
// before must have this reason.
func (c *Client) WaitClosed(reason string) {
	c.t.Helper()
	event, err := c.Receive("closing")
	if err != nil {
		c.t.Fatal(err)
	}
	var closing struct{ Reason string }
	if err := json.Unmarshal(event.Payload, &closing); err != nil || closing.Reason != reason {
		c.t.Fatalf("closing: got %s, want reason %q", event.Payload, reason)
	}
	if err := c.WaitEnd(); !errors.Is(err, ErrDisconnected) {
		c.t.Fatalf("the connection ended with %v, want %v", err, ErrDisconnected)
	}
}

// WaitEnd waits until the connection has ended. It returns ErrDisconnected if the
// server disconnected the client, and otherwise a network error.
func (c *Client) WaitEnd() error {
	return c.wait(func() bool { return false })
}

// Received is a received payload with its metadata.
type Received[T any] struct {
	Payload T
	Meta    Meta
}

// Next waits for the next payload on a channel or on one topic of it. It fails the
// test if none arrives.
func Next[T any](c *Client, from realtime.Source[T]) Received[T] {
	c.t.Helper()
	topic, err := topicOf(from, realtime.Caller{})
	if err != nil {
		c.t.Fatalf("realtimetest.Next: %v", err)
	}
	event, err := c.Receive(topic)
	if err != nil {
		c.t.Fatal(err)
	}
	var received Received[T]
	if len(event.Args) != 2 {
		c.t.Fatalf("%s has %d arguments, want a payload and its metadata", topic, len(event.Args))
	}
	if err := errors.Join(json.Unmarshal(event.Args[0], &received.Payload), json.Unmarshal(event.Args[1], &received.Meta)); err != nil {
		c.t.Fatalf("%s: %v", topic, err)
	}
	return received
}

// wait waits until done returns true. It calls done with c.mu held after every
// change.
func (c *Client) wait(done func() bool) error {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		c.mu.Lock()
		if done() {
			c.mu.Unlock()
			return nil
		}
		ended, changed := c.ended, c.changed
		c.mu.Unlock()
		if ended != nil {
			return ended
		}
		select {
		case <-changed:
		case <-timer.C:
			return fmt.Errorf("nothing arrived within %v", timeout)
		}
	}
}

func (c *Client) change(apply func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	apply()
	close(c.changed)
	c.changed = make(chan struct{})
}

// read handles incoming frames until the connection ends.
func (c *Client) read() {
	for {
		frame, err := c.frame()
		if err == nil {
			err = c.handle(frame)
		}
		if err != nil {
			c.change(func() { c.ended = err })
			_ = c.conn.Close()
			return
		}
	}
}

func (c *Client) handle(frame string) error {
	switch {
	case frame == "2":
		return c.Write("3")
	case frame == "41":
		return ErrDisconnected
	case strings.HasPrefix(frame, "42"):
		return c.handleEvent(frame[2:])
	case strings.HasPrefix(frame, "43"):
		return c.handleAck(frame[2:])
	default:
		return fmt.Errorf("unknown frame %q", frame)
	}
}

func (c *Client) handleEvent(data string) error {
	var array []json.RawMessage
	if err := json.Unmarshal([]byte(data), &array); err != nil || len(array) < 2 {
		return fmt.Errorf("malformed event %q", data)
	}
	event := Event{Args: array[1:], Payload: array[1]}
	if err := json.Unmarshal(array[0], &event.Name); err != nil {
		return fmt.Errorf("malformed event %q", data)
	}
	c.change(func() { c.events = append(c.events, event) })
	return nil
}

func (c *Client) handleAck(data string) error {
	id, err := strconv.Atoi(data[:strings.IndexByte(data, '[')])
	if err != nil {
		return fmt.Errorf("malformed acknowledgment %q", data)
	}
	c.change(func() { c.acks[id] = json.RawMessage(data[strings.IndexByte(data, '['):]) })
	return nil
}
