package socketio

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/socket/v3"
)

// counter lets everybody in and counts.
type counter struct {
	mu                 sync.Mutex
	accepted, released int
	connected, closed  map[string]int
	events             int
}

func newCounter() *counter {
	return &counter{connected: map[string]int{}, closed: map[string]int{}}
}

func (c *counter) Accept(*http.Request) (func(), *Rejection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accepted++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.released++
	}, nil
}

func (c *counter) Connect(conn *Conn) *Rejection {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connected[conn.ID()]++
	return nil
}

func (c *counter) Event(conn *Conn, event Event) {
	c.mu.Lock()
	c.events++
	c.mu.Unlock()
	conn.Ack(event, event.Args[0])
	if event.Name == "leave" {
		conn.Shut(NewEvent("bye"))
	}
}

func (c *counter) Closed(conn *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed[conn.ID()]++
}

func (c *counter) Panicked(cause any, stack []byte) { panic(fmt.Sprintf("%v\n%s", cause, stack)) }

// balance reports what does not add up.
func (c *counter) balance() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.accepted != c.released {
		return fmt.Errorf("%d accepted, %d released", c.accepted, c.released)
	}
	if len(c.connected) != len(c.closed) {
		return fmt.Errorf("%d let in, %d closed", len(c.connected), len(c.closed))
	}
	for id, n := range c.closed {
		if n != 1 || c.connected[id] != 1 {
			return fmt.Errorf("socket %s was closed %d times", id, n)
		}
	}
	return nil
}

// stages are the ways in which a client comes and goes. Each returns what was
// wrong.
var stages = map[string]func(*websocket.Conn) error{
	"breaks off at once": func(*websocket.Conn) error { return nil },
	"breaks off when open": func(c *websocket.Conn) error {
		return expect(c, "0{")
	},
	"breaks off while being let in": func(c *websocket.Conn) error {
		return send(c, "40")
	},
	"breaks off when let in": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), expect(c, "0{"), expect(c, "40{"))
	},
	"breaks off while talking": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), send(c, `420["x",1]`), expect(c, "0{"), expect(c, "40{"))
	},
	"talks before it knows that it is in": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), send(c, `420["x",1]`), send(c, `421["x",2]`),
			expect(c, "0{"), expect(c, "40{"), expect(c, "430[1]"), expect(c, "431[2]"))
	},
	"says good-bye": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), expect(c, "0{"), expect(c, "40{"), send(c, "41"))
	},
	"says good-bye at once": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), send(c, "41"))
	},
	"is told to leave": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), send(c, `420["leave",1]`),
			expect(c, "0{"), expect(c, "40{"), expect(c, "430[1]"), expect(c, `42["bye"]`), expect(c, "41"))
	},
	"is told to leave and stays": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), send(c, `420["leave",1]`),
			expect(c, "0{"), expect(c, "40{"), expect(c, "430[1]"), expect(c, `42["bye"]`), expect(c, "41"), expectEnd(c))
	},
}

func send(c *websocket.Conn, frame string) error {
	return c.WriteMessage(websocket.TextMessage, []byte(frame))
}

func expect(c *websocket.Conn, prefix string) error {
	_, data, err := c.ReadMessage()
	if err != nil || !strings.HasPrefix(string(data), prefix) {
		return fmt.Errorf("got %q %w, want %s", data, err, prefix)
	}
	return nil
}

func expectEnd(c *websocket.Conn) error {
	if _, data, err := c.ReadMessage(); err == nil || strings.Contains(err.Error(), "timeout") {
		return fmt.Errorf("got %q %w, want the end", data, err)
	}
	return nil
}

// firstError is lazy enough: the steps after a failure fail at once.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// beginnings are the ways in which a client breaks off before it has a
// websocket.
var beginnings = map[string]func(net.Conn) error{
	"says nothing": func(net.Conn) error { return nil },
	"breaks off in the middle of its request": func(c net.Conn) error {
		_, err := fmt.Fprintf(c, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConn")
		return err
	},
	"does not wait for the answer": func(c net.Conn) error { return askForWebsocket(c) },
	"resets the connection": func(c net.Conn) error {
		return firstError(askForWebsocket(c), c.(*net.TCPConn).SetLinger(0))
	},
	"reads a part of the answer": func(c net.Conn) error {
		err := askForWebsocket(c)
		_, _ = c.Read(make([]byte, 10))
		return err
	},
	"speaks before it is answered": func(c net.Conn) error {
		err := askForWebsocket(c)
		_, _ = c.Write(join(clientFrame(finText, "40"), clientFrame(finText, `420["x",1]`)))
		return err
	},
}

func askForWebsocket(c net.Conn) error {
	_, err := fmt.Fprintf(c, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	return err
}

var stormConnections = flag.Int("storm", 500, "how many connections a storm has; the full one has 100000")

// Hundreds of clients come and go in every way, a hundred at a time. Every one
// that was let in ends once, no answer is lost, and nothing is left of any of
// them: here, in the library, or as a goroutine. The test is not parallel
// because it counts goroutines.
func TestServer_nothingIsLeftAfterAStorm(t *testing.T) {
	before := runtime.NumGoroutine()
	counts := newCounter()
	server := NewServer(counts, Options{
		MaxFrame: 1 << 16, ConnectTimeout: 20 * time.Second, PingInterval: 20 * time.Second, PingTimeout: 30 * time.Second,
		CloseGrace: 2 * time.Second,
	})
	listener := httptest.NewServer(server)
	url := "ws" + strings.TrimPrefix(listener.URL, "http") + "/socket.io/?EIO=4&transport=websocket"

	const parallel = 100
	each := max(1, *stormConnections/(len(stages)+len(beginnings)))
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	storm := func(name string, come func() error) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := come(); err != nil {
				t.Errorf("a client that %s: %v", name, err)
			}
		})
	}
	for range each { // all kinds at a time
		for name, run := range stages {
			storm(name, func() error { return comeByWebsocket(url, run) })
		}
		for name, run := range beginnings {
			storm(name, func() error { return comeByTCP(listener.Listener.Addr().String(), run) })
		}
	}
	wg.Wait()

	waitUntil(t, "all connections are gone", func() error {
		if n := server.Connections(); n > 0 {
			return fmt.Errorf("%d connections", n)
		}
		return counts.balance()
	})
	waitUntil(t, "the library has forgotten them", func() error { return leftovers(server) })
	if err := server.Close(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("%d connections, of which %d were let in; ended: %v", counts.accepted, len(counts.connected), server.Counts().Closed)
	listener.Close()
	waitUntil(t, "their goroutines have ended", func() error {
		if n := runtime.NumGoroutine(); n > before+2 {
			return fmt.Errorf("%d goroutines, %d before", n, before)
		}
		return nil
	})
}

func comeByWebsocket(url string, run func(*websocket.Conn) error) error {
	conn, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	return run(conn)
}

func comeByTCP(addr string, run func(net.Conn) error) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return run(conn)
}

func leftovers(server *Server) error {
	sockets := 0
	server.library.Sockets().Sockets().Range(func(socket.SocketId, *socket.Socket) bool {
		sockets++
		return true
	})
	rooms := server.library.Sockets().Adapter().Rooms().Len()
	if sockets > 0 || rooms > 0 {
		return fmt.Errorf("%d sockets, %d rooms", sockets, rooms)
	}
	return nil
}

func waitUntil(t testing.TB, what string, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s: %v", what, err)
		}
	}
}

func TestServer_rejectsNewConnectionsWhenClosed(t *testing.T) {
	server := NewServer(newCounter(), Options{MaxFrame: 1 << 16, ConnectTimeout: time.Second, PingInterval: 20 * time.Second, PingTimeout: 30 * time.Second})
	if err := server.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodGet, "/socket.io/?EIO=4&transport=websocket", nil)
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "websocket")
	answer := httptest.NewRecorder()

	server.ServeHTTP(answer, request)

	var rejection Rejection
	if err := json.Unmarshal(answer.Body.Bytes(), &rejection); err != nil || answer.Code != http.StatusServiceUnavailable || rejection.Code != "unavailable" {
		t.Errorf("got %d %s", answer.Code, answer.Body)
	}
}
