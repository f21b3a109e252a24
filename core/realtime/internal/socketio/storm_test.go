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

// counter is a Handler that admits every client and counts the calls.
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

// balance returns an error if the counts do not add up.
func (c *counter) balance() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.accepted != c.released {
		return fmt.Errorf("%d accepted, %d released", c.accepted, c.released)
	}
	if len(c.connected) != len(c.closed) {
		return fmt.Errorf("%d admitted, %d closed", len(c.connected), len(c.closed))
	}
	for id, n := range c.closed {
		if n != 1 || c.connected[id] != 1 {
			return fmt.Errorf("socket %s was closed %d times", id, n)
		}
	}
	return nil
}

// stages are the ways in which a client connects and leaves. Each returns an error if the
// server misbehaves.
var stages = map[string]func(*websocket.Conn) error{
	"drops at once": func(*websocket.Conn) error { return nil },
	"drops after the handshake": func(c *websocket.Conn) error {
		return expect(c, "0{")
	},
	"drops during CONNECT": func(c *websocket.Conn) error {
		return send(c, "40")
	},
	"drops after CONNECT": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), expect(c, "0{"), expect(c, "40{"))
	},
	"drops after an event": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), send(c, `420["x",1]`), expect(c, "0{"), expect(c, "40{"))
	},
	"sends before its admission": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), send(c, `420["x",1]`), send(c, `421["x",2]`),
			expect(c, "0{"), expect(c, "40{"), expect(c, "430[1]"), expect(c, "431[2]"))
	},
	"disconnects": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), expect(c, "0{"), expect(c, "40{"), send(c, "41"))
	},
	"disconnects during CONNECT": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), send(c, "41"))
	},
	"is disconnected": func(c *websocket.Conn) error {
		return firstError(send(c, "40"), send(c, `420["leave",1]`),
			expect(c, "0{"), expect(c, "40{"), expect(c, "430[1]"), expect(c, `42["bye"]`), expect(c, "41"))
	},
	"is disconnected and stays": func(c *websocket.Conn) error {
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

// firstError returns the first error. All steps run, but those after a failure fail at
// once.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// beginnings are the ways in which a client drops before it has a websocket.
var beginnings = map[string]func(net.Conn) error{
	"sends nothing": func(net.Conn) error { return nil },
	"drops in the middle of its request": func(c net.Conn) error {
		_, err := fmt.Fprintf(c, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConn")
		return err
	},
	"does not wait for the response": func(c net.Conn) error { return requestWebsocket(c) },
	"resets the connection": func(c net.Conn) error {
		return firstError(requestWebsocket(c), c.(*net.TCPConn).SetLinger(0))
	},
	"reads part of the response": func(c net.Conn) error {
		err := requestWebsocket(c)
		_, _ = c.Read(make([]byte, 10))
		return err
	},
	"sends before the response": func(c net.Conn) error {
		err := requestWebsocket(c)
		_, _ = c.Write(join(clientFrame(finText, "40"), clientFrame(finText, `420["x",1]`)))
		return err
	},
}

func requestWebsocket(c net.Conn) error {
	_, err := fmt.Fprintf(c, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	return err
}

var stormConnections = flag.Int("storm", 500, "number of connections; 100000 for a full run")

// Hundreds of clients connect and leave in every way, a hundred at a time. Every admitted
// client ends once, no acknowledgment is lost, and no client leaves anything behind: in
// this package, in the library, or as a goroutine. The test is not parallel because it
// counts goroutines.
func TestServer_releasesEverythingAfterAStorm(t *testing.T) {
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
	storm := func(name string, connect func() error) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := connect(); err != nil {
				t.Errorf("a client that %s: %v", name, err)
			}
		})
	}
	for range each { // all kinds in parallel
		for name, run := range stages {
			storm(name, func() error { return connectByWebsocket(url, run) })
		}
		for name, run := range beginnings {
			storm(name, func() error { return connectByTCP(listener.Listener.Addr().String(), run) })
		}
	}
	wg.Wait()

	waitUntil(t, "all connections are gone", func() error {
		if n := server.Connections(); n > 0 {
			return fmt.Errorf("%d connections", n)
		}
		return counts.balance()
	})
	waitUntil(t, "the library has removed them", func() error { return leftovers(server) })
	if err := server.Close(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("%d connections, %d admitted; ended: %v", counts.accepted, len(counts.connected), server.Counts().Closed)
	listener.Close()
	waitUntil(t, "the goroutines have ended", func() error {
		if n := runtime.NumGoroutine(); n > before+2 {
			return fmt.Errorf("%d goroutines, %d before", n, before)
		}
		return nil
	})
}

func connectByWebsocket(url string, run func(*websocket.Conn) error) error {
	conn, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	return run(conn)
}

func connectByTCP(addr string, run func(net.Conn) error) error {
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
			t.Fatalf("timed out waiting until %s: %v", what, err)
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
	response := httptest.NewRecorder()

	server.ServeHTTP(response, request)

	var rejection Rejection
	if err := json.Unmarshal(response.Body.Bytes(), &rejection); err != nil || response.Code != http.StatusServiceUnavailable || rejection.Code != "unavailable" {
		t.Errorf("got %d %s", response.Code, response.Body)
	}
}
