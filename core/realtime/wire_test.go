package realtime_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// rawConn is a websocket without a client, for testing the wire protocol.
type rawConn struct {
	t    testing.TB
	conn *websocket.Conn
}

func tryRawDial(t testing.TB, url string) (*rawConn, error) {
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(url, "http")+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		return nil, err
	}
	c := &rawConn{t: t, conn: conn}
	t.Cleanup(c.close)
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	return c, nil
}

func rawDial(t testing.TB, url string) *rawConn {
	t.Helper()
	c, err := tryRawDial(t, url)
	if err != nil {
		t.Fatal(err)
	}
	c.expect(`0{"maxPayload":\d+,"pingInterval":20000,"pingTimeout":30000,"sid":"[^"]+","upgrades":\[\]}`)
	return c
}

func (c *rawConn) close() { _ = c.conn.Close() }

func (c *rawConn) send(frame string) {
	c.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *rawConn) expect(pattern string) {
	c.t.Helper()
	_, data, err := c.conn.ReadMessage()
	if err != nil {
		c.t.Fatalf("want %s, got %v", pattern, err)
	}
	if !regexp.MustCompile("^" + pattern + "$").Match(data) {
		c.t.Fatalf("got  %s\nwant %s", data, pattern)
	}
}

func (c *rawConn) waitEnd() error {
	for {
		if _, _, err := c.conn.ReadMessage(); err != nil {
			return err
		}
	}
}

func TestWire_matchesTheProtocol(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	c := rawDial(t, s.URL)

	c.send(`40`)
	c.expect(`40\{"sid":"[^"]{24}"\}`)

	c.send(`420["subscribe","garden.open"]`)
	c.expect(`430\[\{"ok":true\}\]`)
	c.send(`421["subscribe","garden.members"]`)
	c.expect(`431\[\{"ok":false,"error":\{"code":"unauthenticated","message":"Sign in to continue."\}\}\]`)

	broadcast(t, s.hub, 9007199254740993)
	c.expect(`42\["garden.open",\{"text":"hello","n":9007199254740993\},\{"id":"[0-9a-f-]{36}","at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}\]`)

	c.send(`422["unsubscribe","garden.open"]`)
	c.expect(`432\[\{"ok":true\}\]`)
	c.send(`427["ping"]`)
	c.expect(`437\[\{"ok":true\}\]`)
	c.send(`42["garden.ping",{"n":1}]`) // without an acknowledgment
	c.send(`423["garden.ping",{"n":1}]`)
	c.expect(`433\[\{"ok":true\}\]`)
	c.send(`424["garden.ping",{"n":"1"}]`)
	c.expect(`434\[\{"ok":false,"error":\{"code":"invalid_payload","message":"n must be a number."\}\}\]`)
	c.send(`425["nothing",{}]`)
	c.expect(`435\[\{"ok":false,"error":\{"code":"unknown_channel","message":"There is no such channel."\}\}\]`)

	for _, event := range []string{`["subscribe"]`, `["subscribe",1]`, `["subscribe",null]`, `["subscribe","a.b","c.d"]`, `["unsubscribe",{}]`, `["garden.ping"]`} {
		c.send(`426` + event)
		c.expect(`436\[\{"ok":false,"error":\{"code":"invalid_payload","message":"[^"]+"\}\}\]`)
	}
}

func TestWire_sendsTheReasonOfARejection(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/socket.io/?EIO=4&transport=websocket", map[string][]string{"Cookie": {"session=bad"}})
	if err != nil {
		t.Fatal(err)
	}
	c := &rawConn{t: t, conn: conn}
	t.Cleanup(c.close)
	c.expect(`0\{.*\}`)
	c.send(`40`)
	c.expect(regexp.QuoteMeta(`44{"data":{"code":"unauthenticated","message":"This session has ended."},"message":"unauthenticated"}`))
	c.expectEnd()
}

func (c *rawConn) expectEnd() {
	c.t.Helper()
	if err := c.waitEnd(); strings.Contains(err.Error(), "timeout") {
		c.t.Errorf("the connection is still open: %v", err)
	}
}

func TestWire_sendsTheReasonOfAClosedSocket(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	s.sessions.signIn("s1", "ada", "editor")
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/socket.io/?EIO=4&transport=websocket", map[string][]string{"Cookie": {"session=s1"}})
	if err != nil {
		t.Fatal(err)
	}
	c := &rawConn{t: t, conn: conn}
	t.Cleanup(c.close)
	c.expect(`0\{.*\}`)
	c.send(`40`)
	c.expect(`40\{.*\}`)
	c.send(`420["subscribe","garden.desk"]`)
	c.expect(`430.*`)

	s.hub.RolesChanged(t.Context(), "ada", nil)
	c.expect(regexp.QuoteMeta(`42["unsubscribed",{"topic":"garden.desk","error":{"code":"forbidden","message":"You don't have access to this channel."}}]`))

	s.hub.SessionEnded(t.Context(), "s1")
	c.expect(regexp.QuoteMeta(`42["closing",{"reason":"session_ended"}]`))
	c.expect(`41`)
	c.send(`420["subscribe","garden.open"]`) // a client that ignores the disconnect
	c.expectEnd()
}

// A client that sends malformed frames is disconnected. Others are not affected.
func TestWire_closesOnMalformedFrames(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	bystander := s.visitor()
	frames := []string{
		``, `4`, `9`, `x`, `48`, `4x`,
		`42`, `42{}`, `42[]`, `42[true,2]`, `42[null]`, `42["x"`, `42["x"]y`, `42["x"] ["y"]`, `42["x",]`, "42[\"\xff\"]",
		`42-1["x"]`, `4299999999999999999999["x"]`, `42/admin,["x"]`,
		`40`, `40{}`, `44{"message":"x"}`, `41{}`, `45["x"]`, `451-["x",{"_placeholder":true,"num":0}]`, `461-["x"]`,
		`42` + strings.Repeat("[", 20_000), `2probe`,
		`4/` + strings.Repeat("x", 1000) + `,`,
	}
	for _, frame := range frames {
		c := rawDial(t, s.URL)
		c.send(`40`)
		c.expect(`40\{.*\}`)
		c.send(frame)
		c.send(`427["garden.ping",{"n":1}]`)
		_ = c.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, answer, err := c.conn.ReadMessage()
		if err == nil {
			t.Errorf("%.40q was accepted: the next reply is %s", frame, answer)
		} else if strings.Contains(err.Error(), "timeout") {
			t.Errorf("%.40q: the connection stays open", frame)
		}
	}
	c := rawDial(t, s.URL)
	c.send(`40`)
	c.expect(`40\{.*\}`)
	if err := c.conn.WriteMessage(websocket.BinaryMessage, []byte("\x00\x01")); err != nil {
		t.Fatal(err)
	}
	c.expectEnd()

	if err := bystander.Sync(); err != nil {
		t.Errorf("the other client: %v", err)
	}
	eventually(t, "only the other client is left", func() bool { return s.hub.Stats().Sockets == 1 })
}

func TestWire_acceptsOneNamespace(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	c := rawDial(t, s.URL)
	c.send(`40/admin,{"token":"x"}`)
	c.expect(regexp.QuoteMeta(`44/admin,{"message":"Invalid namespace"}`))
	c.send(`40{"token":"nobody reads this"}`)
	c.expect(`40\{.*\}`)
}

func TestWire_ignoresUnrequestedAcknowledgments(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.visitor()
	if err := client.Write(`431[{"x":1}]`); err != nil {
		t.Fatal(err)
	}
	if err := client.Sync(); err != nil {
		t.Error(err)
	}
}

// A payload arrives exactly as it was encoded.
func TestWire_preservesPayloads(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	client := s.visitor()
	client.MustSubscribe("garden.open")
	text := "a\"b\\c\u2028<\u00fc\U0001F600>"

	if err := openChannel.Broadcast(t.Context(), s.hub, Note{Text: text, N: -1}); err != nil {
		t.Fatal(err)
	}

	event, err := client.Receive("garden.open")
	if err != nil {
		t.Fatal(err)
	}
	var note Note
	if err := json.Unmarshal(event.Payload, &note); err != nil || note.Text != text || note.N != -1 {
		t.Errorf("got %s (%v)", event.Payload, err)
	}
}
