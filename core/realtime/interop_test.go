package realtime_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
)

// browser is the official socket.io-client, run in Node.
type browser struct {
	t      testing.TB
	stdin  io.Writer
	events chan browserEvent
}

type browserEvent struct {
	Event   string            `json:"event"`
	ID      string            `json:"id"`
	Message string            `json:"message"`
	Reason  string            `json:"reason"`
	Active  bool              `json:"active"` // whether it reconnects by itself
	Name    string            `json:"name"`
	Error   string            `json:"error"`
	Args    []json.RawMessage `json:"args"`
	Answer  []json.RawMessage `json:"answer"`
	Data    json.RawMessage   `json:"data"`
}

func startBrowser(t testing.TB) *browser {
	t.Helper()
	manifest, err := filepath.Abs("../../web/package.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(manifest), "node_modules", "socket.io-client")); err != nil {
		t.Fatalf("the official client is not installed: run npm ci in web/ (%v)", err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("Node is not installed: the interoperability tests need it (%v)", err)
	}
	command := exec.CommandContext(t.Context(), node, "testdata/interop/client.mjs", manifest)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, stdin: stdin, events: make(chan browserEvent, 10_000)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var event browserEvent
			if json.Unmarshal(lines.Bytes(), &event) == nil {
				b.events <- event
			}
		}
	}()
	t.Cleanup(func() {
		_ = stdin.Close()
		<-read
		_ = command.Wait()
	})
	return b
}

func (b *browser) do(command string, more map[string]any) {
	b.t.Helper()
	line := map[string]any{"do": command}
	for key, value := range more {
		line[key] = value
	}
	if err := json.NewEncoder(b.stdin).Encode(line); err != nil {
		b.t.Fatal(err)
	}
}

// next waits for the next event, which must have this kind.
func (b *browser) next(kind string) browserEvent {
	b.t.Helper()
	select {
	case event := <-b.events:
		if event.Event != kind {
			b.t.Fatalf("the client reported %+v, want %s", event, kind)
		}
		return event
	case <-time.After(30 * time.Second):
		b.t.Fatalf("the client reported nothing, want %s", kind)
		panic("unreachable")
	}
}

func (b *browser) connect(url string, header http.Header) browserEvent {
	b.t.Helper()
	headers := map[string]string{}
	for name := range header {
		headers[name] = header.Get(name)
	}
	b.do("connect", map[string]any{"url": url, "headers": headers})
	return b.next("connect")
}

// ask emits an event and returns its acknowledgment.
func (b *browser) ask(name string, args ...any) string {
	b.t.Helper()
	b.do("emit", map[string]any{"name": name, "args": args, "wait": true})
	event := b.next("ack")
	if event.Error != "" || len(event.Answer) != 1 {
		b.t.Fatalf("acknowledgment of %s: %+v", name, event)
	}
	return string(event.Answer[0])
}

func TestInterop_subscribesAndReceivesMessagesInOrder(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	b := startBrowser(t)
	b.connect(s.URL, s.sessions.signIn("s1", "ada"))

	if got := b.ask("subscribe", "garden.open"); got != `{"ok":true}` {
		t.Errorf("subscribe: %s", got)
	}
	if got, want := b.ask("subscribe", "garden.desk"), `{"ok":false,"error":{"code":"forbidden","message":"You don't have access to this channel."}}`; got != want {
		t.Errorf("subscribe: %s, want %s", got, want)
	}
	if got := b.ask("garden.ping", map[string]int{"n": 1}); got != `{"ok":true}` {
		t.Errorf("ping: %s", got)
	}
	for n := range 1000 {
		broadcast(t, s.hub, n)
	}

	for n := range 1000 {
		event := b.next("message")
		var note Note
		if event.Name != "garden.open" || len(event.Args) != 2 || json.Unmarshal(event.Args[0], &note) != nil || note.N != n {
			t.Fatalf("message %d is %+v", n, event)
		}
	}
}

func TestInterop_receivesTheReasonOfARejectedConnection(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	b := startBrowser(t)
	b.do("connect", map[string]any{"url": s.URL, "headers": map[string]string{"Cookie": "session=bad"}})

	event := b.next("connect_error")

	if event.Message != "unauthenticated" || string(event.Data) != `{"code":"unauthenticated","message":"This session has ended."}` || event.Active {
		t.Errorf("connect_error %+v, want unauthenticated and no reconnect", event)
	}
}

func TestInterop_doesNotReconnectAfterSignOut(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	b := startBrowser(t)
	b.connect(s.URL, s.sessions.signIn("s1", "ada"))
	b.ask("subscribe", "garden.members")

	if err := membersChannel.Broadcast(t.Context(), s.hub, Note{Text: "last words"}); err != nil {
		t.Fatal(err)
	}
	s.hub.SessionEnded(t.Context(), "s1")

	if event := b.next("message"); event.Name != "garden.members" {
		t.Errorf("received %+v, want the last message", event)
	}
	if event := b.next("message"); event.Name != "closing" || string(event.Args[0]) != `{"reason":"session_ended"}` {
		t.Errorf("received %+v, want closing", event)
	}
	if event := b.next("disconnect"); event.Reason != "io server disconnect" || event.Active {
		t.Errorf("disconnect %+v, want io server disconnect and no reconnect", event)
	}
	eventually(t, "no socket is left", func() bool { return s.hub.Stats().Sockets == 0 })
}

func TestInterop_losesASubscriptionWithTheRole(t *testing.T) {
	t.Parallel()
	s := open(t, garden{})
	b := startBrowser(t)
	b.connect(s.URL, s.sessions.signIn("s1", "ada", "editor"))
	b.ask("subscribe", "garden.desk")

	s.hub.RolesChanged(t.Context(), "ada", nil)

	want := `{"topic":"garden.desk","error":{"code":"forbidden","message":"You don't have access to this channel."}}`
	if event := b.next("message"); event.Name != "unsubscribed" || string(event.Args[0]) != want {
		t.Errorf("received %+v, want unsubscribed %s", event, want)
	}
}

func TestInterop_rejectsBinaryMessages(t *testing.T) {
	t.Parallel()
	called := make(chan Ping, 1)
	s := open(t, garden{onPing: func(_ context.Context, ping Ping, _ realtime.Caller) error {
		called <- ping
		return nil
	}})
	b := startBrowser(t)
	b.connect(s.URL, nil)

	b.do("binary", map[string]any{"name": "garden.ping"})

	if event := b.next("disconnect"); event.Reason != "transport close" {
		t.Errorf("disconnect %+v", event)
	}
	b.next("connect") // the client reconnects by itself
	if len(called) != 0 {
		t.Error("a handler was called")
	}
}

func TestInterop_reconnectsAfterARestart(t *testing.T) {
	t.Parallel()
	d := newEndpoint(t)
	d.open()
	b := startBrowser(t)
	b.connect(d.URL, nil)
	b.ask("subscribe", "garden.open")

	d.stop()
	if event := b.next("message"); event.Name != "closing" || string(event.Args[0]) != `{"reason":"restart"}` {
		t.Errorf("received %+v, want closing", event)
	}
	if event := b.next("disconnect"); event.Reason != "io server disconnect" {
		t.Errorf("disconnect %+v", event)
	}
	hub := d.open()
	b.do("reconnect", nil) // as web/src does when the reason is a restart
	b.next("connect")
	b.ask("subscribe", "garden.open")
	broadcast(t, hub, 2)
	b.next("message")

	d.crash()
	if event := b.next("disconnect"); event.Reason != "transport close" || !event.Active {
		t.Errorf("disconnect %+v, want one after which it reconnects by itself", event)
	}
	b.next("connect_error") // the server is not running yet
	hub = d.open()
	for event := (browserEvent{}); event.Event != "connect"; {
		event = <-b.events
	}
	b.ask("subscribe", "garden.open")
	broadcast(t, hub, 3)
	b.next("message")
}

// endpoint is a fixed address for servers that stop and start.
type endpoint struct {
	*httptest.Server
	t testing.TB

	mu     sync.Mutex
	server *realtime.Server
	conns  []net.Conn
}

func newEndpoint(t testing.TB) *endpoint {
	t.Helper()
	d := &endpoint{t: t}
	d.Server = httptest.NewUnstartedServer(http.HandlerFunc(d.serve))
	d.Config.ConnState = d.track
	d.Start()
	t.Cleanup(func() {
		d.stop()
		d.Close()
	})
	return d
}

func (d *endpoint) open() *realtime.Hub {
	d.t.Helper()
	hub := realtime.NewHub(slog.New(slog.DiscardHandler))
	visitors := func(*http.Request) (realtime.Identity, error) { return realtime.Identity{}, nil }
	server, err := realtime.NewServer(hub, visitors, []feature.Manifest{garden{}.manifest()}, realtime.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.server = server
	return hub
}

func (d *endpoint) serve(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	server := d.server
	d.mu.Unlock()
	if server == nil {
		panic(http.ErrAbortHandler) // as if no server were listening
	}
	server.ServeHTTP(w, r)
}

func (d *endpoint) track(conn net.Conn, state http.ConnState) {
	if state == http.StateNew {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.conns = append(d.conns, conn)
	}
}

func (d *endpoint) leave() *realtime.Server {
	d.mu.Lock()
	defer d.mu.Unlock()
	server := d.server
	d.server = nil
	return server
}

func (d *endpoint) stop() {
	server := d.leave()
	if server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		d.t.Errorf("stop: %v", err)
	}
}

// crash drops all connections without a disconnect.
func (d *endpoint) crash() {
	d.leave()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, conn := range d.conns {
		_ = conn.Close()
	}
}
