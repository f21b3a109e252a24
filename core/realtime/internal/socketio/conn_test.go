package socketio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestConn_closesWithTheReasonForInvalidFrames(t *testing.T) {
	t.Parallel()
	r := startRig(t, longTimeouts())
	tests := map[string]struct {
		stream []byte
		code   int
		reason Reason
	}{
		"a reserved bit":              {clientFrame(finText|0x40, "x"), closeProtocol, ReasonMalformed},
		"not UTF-8":                   {clientFrame(finText, "4\xff"), closeInvalid, ReasonMalformed},
		"a message that is too large": {clientFrame(finText, strings.Repeat("x", 1<<16+1)), closeTooLarge, ReasonTooLarge},
		"not a packet":                {clientFrame(finText, "abc"), closePolicy, ReasonMalformed},
		"an empty message":            {clientFrame(finText, ""), closePolicy, ReasonMalformed},
		"an Engine.IO ping":           {clientFrame(finText, "2"), closePolicy, ReasonMalformed},
		"an unknown packet":           {clientFrame(finText, "4abc"), closePolicy, ReasonMalformed},
		"not an array":                {clientFrame(finText, "42{}"), closePolicy, ReasonMalformed},
		"a truncated array":           {clientFrame(finText, `42["x"`), closePolicy, ReasonMalformed},
		"trailing data":               {clientFrame(finText, `42["x"]y`), closePolicy, ReasonMalformed},
		"nested too deeply":           {clientFrame(finText, "42"+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)), closePolicy, ReasonMalformed},
		"binary data":                 {clientFrame(0x80|byte(opBinary), "xyz"), closePolicy, ReasonMalformed},
		"a second CONNECT":            {clientFrame(finText, "40"), closePolicy, ReasonMalformed},
		"another namespace":           {clientFrame(finText, `42/admin,["x"]`), closePolicy, ReasonMalformed},
		"a close frame":               {clientFrame(0x80|byte(opClose), "\x03\xe8"), closeNormal, ReasonLeft},
		"an Engine.IO close":          {clientFrame(finText, "1"), closeNormal, ReasonLeft},
		"too many pings":              {join(many(200, clientFrame(0x80|byte(opPing), "x"))...), closePolicy, ReasonMalformed},
		"too many pongs":              {join(many(200, clientFrame(finText, "3"))...), closePolicy, ReasonMalformed},
	}
	for name, test := range tests {
		c := r.dial()
		server := r.all()[len(r.all())-1]
		if _, err := c.NetConn().Write(test.stream); err != nil {
			t.Fatal(err)
		}
		err := untilEnd(c)
		if !websocket.IsCloseError(err, test.code) {
			t.Errorf("%s: the client got %v, want code %d", name, err, test.code)
		}
		_ = c.Close()
		waitUntil(t, "the connection has ended", func() error {
			if r.server.Connections() > 0 {
				return errors.New("it is open")
			}
			return nil
		})
		if server.reason != test.reason {
			t.Errorf("%s: ended as %s, want %s", name, server.reason, test.reason)
		}
	}
}

func many(n int, frame []byte) [][]byte {
	frames := make([][]byte, n)
	for i := range frames {
		frames[i] = frame
	}
	return frames
}

func untilEnd(c *websocket.Conn) error {
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			return err
		}
	}
}

func TestConn_rejectsEventsBeforeCONNECT(t *testing.T) {
	t.Parallel()
	r := startRig(t, longTimeouts())
	c := r.dialOpen()

	err := firstError(send(c, `42["x"]`), untilEnd(c))

	if !websocket.IsCloseError(err, closePolicy) {
		t.Errorf("the client got %v, want code %d", err, closePolicy)
	}
}

func TestConn_closesWithoutCONNECT(t *testing.T) {
	t.Parallel()
	options := longTimeouts()
	options.ConnectTimeout = 50 * time.Millisecond
	r := startRig(t, options)

	err := untilEnd(r.dialOpen())

	if !websocket.IsCloseError(err, closePolicy) {
		t.Errorf("the client got %v, want code %d", err, closePolicy)
	}
}

func TestConn_waitsForTheDecisionAboutCONNECT(t *testing.T) {
	t.Parallel()
	options := longTimeouts()
	options.ConnectTimeout = 50 * time.Millisecond
	for name, test := range map[string]struct {
		decision *Rejection
		want     string
	}{
		"admitted": {nil, "40{"},
		"rejected": {&Rejection{Code: "unavailable", Message: "Try again."}, `44{"data":{"code":"unavailable"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expired := make(chan struct{})
			r := startRig(t, options, func(r *rig) {
				r.onConnect = func(*Conn) *Rejection { <-expired; return test.decision }
			})
			late := r.dialOpen() // closed when the timeout of both has expired
			c := r.dialOpen()

			if err := firstError(send(c, "40"), untilEnd(late)); !websocket.IsCloseError(err, closePolicy) {
				t.Fatal(err)
			}
			time.AfterFunc(options.ConnectTimeout, func() { close(expired) })

			if err := expect(c, test.want); err != nil {
				t.Error(err)
			}
		})
	}
}

// Reading goes on after the server has closed a connection, so that the client gets the
// last frames, but slowly: a client that keeps sending costs little.
func TestConn_readsSlowlyFromAClientItHasClosed(t *testing.T) {
	t.Parallel()
	options := longTimeouts()
	options.HangUpGrace = 500 * time.Millisecond
	r := startRig(t, options)
	c := r.dial()
	if err := send(c, "not a packet"); err != nil {
		t.Fatal(err)
	}
	part, sent := bytes.Repeat(clientFrame(finText, strings.Repeat("x", 1000)), 64), 0

	for {
		n, err := c.NetConn().Write(part)
		sent += n
		if err != nil {
			break
		}
	}

	const buffers = 16 << 20 // of the kernel
	if sent > buffers {
		t.Errorf("the server read %d MB in half a second", sent>>20)
	}
	r.wait()
}

func TestConn_keepsTheOrderOfManyMessages(t *testing.T) {
	t.Parallel()
	const n = 10_000
	r := startRig(t, longTimeouts())
	c := r.dial()
	server := r.all()[0]

	go func() {
		for i := range n {
			server.Send(NewEvent("n", raw(strconv.Itoa(i))))
		}
	}()

	for i := range n {
		if err := expect(c, fmt.Sprintf(`42["n",%d]`, i)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConn_keepsTheOrderForASlowClient(t *testing.T) {
	t.Parallel()
	const n = 500
	options := longTimeouts()
	options.MaxQueued = 1 << 30
	r := startRig(t, options)
	c := r.dialSlow()
	server := r.all()[0]
	_ = server.network.(*net.TCPConn).SetWriteBuffer(16 << 10)
	filling := strings.Repeat("x", 3_000)

	for i := range n {
		server.Send(NewEvent("n", raw(strconv.Itoa(i)), raw(`"`+filling[:i%3_000]+`"`)))
	}

	for i := range n {
		if err := expect(c, fmt.Sprintf(`42["n",%d,"%s"]`, i, filling[:i%3_000])); err != nil {
			t.Fatal(err)
		}
	}
	waitUntil(t, "the outbox is empty", func() error {
		server.mu.Lock()
		defer server.mu.Unlock()
		if server.out.bytes != 0 || server.out.state != outboxIdle {
			return fmt.Errorf("%d bytes, state %d", server.out.bytes, server.out.state)
		}
		return nil
	})
}

func TestConn_sendsAttachmentsAfterTheirEvent(t *testing.T) {
	t.Parallel()
	const n = 300
	options := longTimeouts()
	options.Attachments = 10
	r := startRig(t, options)
	c := r.dial()
	server := r.all()[0]
	var wg sync.WaitGroup
	wg.Go(func() {
		for range n {
			server.Send(NewEvent("text", raw(`1`)))
		}
	})
	wg.Go(func() {
		for range n {
			server.Send(NewBinaryEvent("binary", [][]byte{{1, 2}, {3}}, raw(`{"_placeholder":true,"num":0}`), raw(`{"_placeholder":true,"num":1}`)))
		}
	})

	for range 2 * n {
		_, data, err := c.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(data), "45") {
			continue
		}
		for _, want := range []string{"\x01\x02", "\x03"} {
			if kind, data, err := c.ReadMessage(); kind != websocket.BinaryMessage || string(data) != want {
				t.Fatalf("after a binary event: %q %v", data, err)
			}
		}
	}
	wg.Wait()
}

func TestAnswer_sendsAttachments(t *testing.T) {
	t.Parallel()
	options := longTimeouts()
	options.Attachments = 10
	r := startRig(t, options)
	c := r.dial()

	err := firstError(
		send(c, `452-7["x",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]`),
		c.WriteMessage(websocket.BinaryMessage, []byte{1, 2, 3}), c.WriteMessage(websocket.BinaryMessage, []byte{4}),
		expect(c, `462-7[{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]`), expect(c, "\x01\x02\x03"), expect(c, "\x04"))

	if err != nil {
		t.Error(err)
	}
}

func TestAsk_waitsForTheAcknowledgment(t *testing.T) {
	t.Parallel()
	r := startRig(t, longTimeouts())
	c := r.dial()
	server := r.all()[0]
	go func() {
		_ = expect(c, `420["what",1]`)
		_ = send(c, `430["this",{"n":9007199254740993}]`)
		_ = send(c, `430["once more"]`)
		_ = send(c, `43999["nobody asked"]`)
	}()

	args, err := server.Ask(t.Context(), "what", raw(`1`))

	if err != nil || len(args) != 2 || string(args[1]) != `{"n":9007199254740993}` {
		t.Errorf("got %s, %v", args, err)
	}
}

func TestAsk_endsWithItsContextAndWithTheConnection(t *testing.T) {
	t.Parallel()
	r := startRig(t, longTimeouts())
	c := r.dial()
	server := r.all()[0]
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()

	if _, err := server.Ask(ctx, "what"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without an acknowledgment: %v, want DeadlineExceeded", err)
	}
	go func() {
		_ = expect(c, `420["what"]`)
		_ = expect(c, `421["what"]`)
		_ = c.Close()
	}()
	if _, err := server.Ask(t.Context(), "what"); !errors.Is(err, ErrGone) {
		t.Errorf("when the client leaves: %v, want ErrGone", err)
	}
	if _, err := server.Ask(t.Context(), "what"); !errors.Is(err, ErrGone) {
		t.Errorf("after the client has left: %v, want ErrGone", err)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if len(server.asks) != 0 {
		t.Errorf("%d pending acknowledgments, want none", len(server.asks))
	}
}

func TestShut_sendsTheLastMessageBeforeTheDisconnect(t *testing.T) {
	t.Parallel()
	large := `"` + strings.Repeat("x", 500_000) + `"`
	for range 50 {
		r := startRig(t, longTimeouts(), func(r *rig) {
			r.onEvent = func(c *Conn, _ Event) {
				c.Send(NewEvent("large", raw(large)))
				c.Shut(NewEvent("bye", raw(`"last words"`)))
				c.Send(NewEvent("never"))
			}
		})
		c := r.dial()

		err := firstError(send(c, `42["leave"]`), expect(c, `42["large"`), expect(c, `42["bye","last words"]`), expect(c, "41"), c.Close())

		if reason := r.wait(); err != nil || reason != ReasonShut {
			t.Fatalf("ended as %s, %v", reason, err)
		}
	}
}

func TestConn_survivesPanicsOfTheHandler(t *testing.T) {
	t.Parallel()
	panics := make(chan any, 10)
	r := startRig(t, longTimeouts())
	r.server.handler = panicking{r, panics}
	c := r.dial()

	err := firstError(send(c, `42["panic"]`), send(c, `420["echo",1]`), expect(c, "430[1]"))

	if cause := <-panics; err != nil || cause != "panic" {
		t.Errorf("%v, reported %v", err, cause)
	}
}

type panicking struct {
	*rig
	panics chan any
}

func (p panicking) Event(c *Conn, event Event) {
	if event.Name == "panic" {
		panic("panic")
	}
	p.rig.Event(c, event)
}

func (p panicking) Panicked(cause any, _ []byte) { p.panics <- cause }

func TestServer_sendsTheRejectionToTheClient(t *testing.T) {
	t.Parallel()
	r := startRig(t, longTimeouts(), func(r *rig) {
		r.onConnect = func(*Conn) *Rejection { return &Rejection{Code: "unauthenticated", Message: "Please sign in."} }
	})
	c := r.dialOpen()

	if err := firstError(send(c, "40"), expect(c, `44{"data":{"code":"unauthenticated","message":"Please sign in."},"message":"unauthenticated"}`)); err != nil {
		t.Error(err)
	}

	if err := untilEnd(c); !websocket.IsCloseError(err, closeNormal) {
		t.Errorf("a client that does not close got %v", err)
	}
	if n := len(r.all()); n != 0 {
		t.Errorf("%d connections were admitted, want none", n)
	}
}

func TestClose_closesOpenConnectionsInTime(t *testing.T) {
	t.Parallel()
	const n = 200
	r := startRig(t, longTimeouts())
	clients := make([]*websocket.Conn, n)
	for i := range clients {
		clients[i] = r.dial()
	}
	slow := r.dialSlow() // does not read
	conns := r.all()
	for range 200 {
		conns[n].Send(NewEvent("x", raw(`"`+strings.Repeat("x", 4_000)+`"`)))
	}
	for i, c := range conns[:n] {
		c.Send(NewEvent("bye", raw(strconv.Itoa(i))))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	closed := make(chan error, 1)
	started := time.Now()
	go func() { closed <- r.server.Close(ctx) }()

	for i, c := range clients {
		if err := expect(c, fmt.Sprintf(`42["bye",%d]`, i)); err != nil {
			t.Fatal(err)
		}
		if err := untilEnd(c); !websocket.IsCloseError(err, closeGoingAway) {
			t.Fatalf("client %d got %v", i, err)
		}
		_ = c.Close()
	}
	if err := <-closed; err != nil {
		t.Errorf("after %v: %v", time.Since(started), err)
	}
	_ = slow
	r.wait()
}

func TestNewEvent_encodesItsArguments(t *testing.T) {
	t.Parallel()
	if got := string(NewEvent("x").data); got != "\x81\x07"+`42["x"]` {
		t.Errorf("no arguments: %q", got)
	}
	if got := string(newAck("7", nil, nil).data); got != "\x81\x05437[]" {
		t.Errorf("an empty acknowledgment: %q", got)
	}
	if got := string(NewEvent("x", raw(`1`), json.RawMessage(`"y"`)).data); got != "\x81\x0d"+`42["x",1,"y"]` {
		t.Errorf("two arguments: %q", got)
	}
}

// Events from a client that keeps sending after it was disconnected are ignored, and it
// is read only slowly.
func TestShut_ignoresLaterEvents(t *testing.T) {
	t.Parallel()
	var handled atomic.Int64
	options := longTimeouts()
	options.CloseGrace = 200 * time.Millisecond
	r := startRig(t, options, func(r *rig) {
		r.onEvent = func(c *Conn, _ Event) {
			handled.Add(1)
			c.Shut(NewEvent("bye"))
		}
	})
	c := r.dialSlow()
	flood := join(many(1_000, clientFrame(finText, `42["x"]`))...)

	sent := 0
	for ; sent < 100_000; sent++ {
		if _, err := c.NetConn().Write(flood); err != nil {
			break
		}
	}

	if reason := r.wait(); reason != ReasonShut || handled.Load() != 1 {
		t.Errorf("handled %d events of %d thousand, ended as %s; want 1 event and %s", handled.Load(), sent, reason, ReasonShut)
	}
}
