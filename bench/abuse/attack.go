package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"example.com/pergola/bench/internal/program"
)

// crowd is a number of idle connections.
type crowd struct {
	mu      sync.Mutex
	open    []io.Closer
	sockets int // accepted by the application
	idle    int // kept alive after one request
	silent  int // which send nothing
}

func (c *crowd) String() string {
	return fmt.Sprintf("%d sockets, %d kept alive, %d silent", c.sockets, c.idle, c.silent)
}

// gather opens connections: half of them sockets, each from a different address;
// the rest plain ones, some of which never send anything.
func gather(ctx context.Context, web *program.Program, connections int) (*crowd, error) {
	c := &crowd{sockets: connections / 2, idle: connections * 7 / 20}
	c.silent = connections - c.sockets - c.idle
	joined := make(chan error, connections)
	slots := make(chan struct{}, 50) // limits concurrent dials
	for i := range connections {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			joined <- c.join(ctx, web, i)
		}()
	}
	var errs []error
	for range connections {
		if err := <-joined; err != nil && len(errs) < 3 {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		c.leave()
		return nil, fmt.Errorf("open %d connections: %w", connections, errors.Join(errs...))
	}
	return c, nil
}

func (c *crowd) join(ctx context.Context, web *program.Program, i int) error {
	switch {
	case i < c.sockets:
		return c.joinSocket(ctx, web, i)
	case i < c.sockets+c.idle:
		return c.joinPlain(web.Addr, "GET /healthz HTTP/1.1\r\nHost: "+web.Addr+"\r\n\r\n")
	default:
		return c.joinPlain(web.Addr, "")
	}
}

func (c *crowd) joinPlain(addr, request string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	c.keep(conn)
	if request == "" {
		return nil
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// joinSocket opens a visitor's socket that only answers pings.
func (c *crowd) joinSocket(ctx context.Context, web *program.Program, i int) error {
	header := http.Header{addressHeader: {address(i)}, "Origin": {web.URL}}
	conn, _, err := websocket.DefaultDialer.DialContext(ctx, "ws"+strings.TrimPrefix(web.URL, "http")+"/socket.io/?EIO=4&transport=websocket", header)
	if err != nil {
		return err
	}
	c.keep(conn)
	if err := conn.WriteMessage(websocket.TextMessage, []byte("40")); err != nil {
		return err
	}
	for {
		_, frame, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		if strings.HasPrefix(string(frame), "40{") {
			break
		}
	}
	go func() {
		for {
			if _, frame, err := conn.ReadMessage(); err != nil || string(frame) == "2" && conn.WriteMessage(websocket.TextMessage, []byte("3")) != nil {
				return
			}
		}
	}()
	return nil
}

func (c *crowd) keep(conn io.Closer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = append(c.open, conn)
}

// leave closes all connections.
func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		_ = conn.Close()
	}
	c.open = nil
}

// address returns the n-th of many addresses.
func address(n int) string { return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255) }

func oneAddress() string { return "203.0.113.1" }

func manyAddresses() func() string {
	var n atomic.Int64
	return func() string { return address(int(n.Add(1)) + 1<<20) }
}

// outcomes counts the responses to sign-in attempts.
type outcomes struct{ wrong, tooMany, busy, other int }

func (o outcomes) String() string {
	if o == (outcomes{}) {
		return "–"
	}
	return fmt.Sprintf("%d/%d/%d/%d", o.wrong, o.tooMany, o.busy, o.other)
}

func (o *outcomes) count(status int, err error) {
	switch {
	case err == nil && status == http.StatusUnprocessableEntity:
		o.wrong++
	case err == nil && status == http.StatusTooManyRequests:
		o.tooMany++
	case err == nil && status == http.StatusServiceUnavailable:
		o.busy++
	default:
		o.other++
	}
}

// flood guesses passwords at a fixed rate, whether or not earlier attempts have
// completed.
func (p plan) flood(web *program.Program, from func() string) func(context.Context) outcomes {
	return func(ctx context.Context) outcomes {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: 30 * time.Second}
		defer client.CloseIdleConnections()
		var (
			group  sync.WaitGroup
			mu     sync.Mutex
			counts outcomes
		)
		pace := time.NewTicker(time.Second / time.Duration(p.attempts))
		defer pace.Stop()
		for n := 0; ctx.Err() == nil; n++ {
			group.Go(func() {
				form := url.Values{"email": {"victim-" + strconv.Itoa(n) + "@example.com"}, "password": {"guess-" + strconv.Itoa(n)}}
				status, err := send(context.WithoutCancel(ctx), client, http.MethodPost, web.URL+"/sign-in", from(), form)
				mu.Lock()
				defer mu.Unlock()
				counts.count(status, err)
			})
			<-pace.C
		}
		group.Wait()
		return counts
	}
}
