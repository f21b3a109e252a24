package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// order is a command to the clients' process, one line of JSON each.
type order struct {
	Do      string        // connect, burst, churn
	Addr    string        // for connect
	Clients int           // for connect
	Size    int           // messages of a burst
	For     time.Duration // duration
	Warm    time.Duration // warm-up before it, not measured
	Flood   int           // clients that meanwhile send as much as they can
}

// seen is the response.
type seen struct {
	Error      string
	PerSecond  float64       // handshakes, or deliveries
	Deliveries int64         // while measured
	CPUMicros  int64         // of the server, for these deliveries
	Goroutines int           // of the server
	P50, P99   time.Duration // from sending to receiving, for a sample of the clients
}

// clients are many clients of one server. They use as little CPU as possible: one
// goroutine each, a read when there is data, frames counted by their headers, the
// time measured by one in a hundred.
type clients struct {
	addr      string
	all       []*client
	delivered atomic.Int64
	wanted    int64         // of delivered
	arrived   chan struct{} // signaled when that many are delivered
	mu        sync.Mutex
	took      []time.Duration
}

// runClients executes commands from in until it ends.
func runClients(ctx context.Context, in io.Reader, out io.Writer) error {
	cs := &clients{arrived: make(chan struct{}, 1)}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return err
		}
		answer, err := cs.obey(ctx, o)
		if err != nil {
			answer.Error = err.Error()
		}
		if err := json.NewEncoder(out).Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (cs *clients) obey(ctx context.Context, o order) (seen, error) {
	switch o.Do {
	case "connect":
		return cs.connect(o)
	case "burst":
		flooding, stop := context.WithCancel(ctx)
		defer stop()
		for range o.Flood {
			go cs.flood(flooding)
		}
		if _, err := cs.bursts(ctx, o.Size, o.Warm); err != nil {
			return seen{}, err
		}
		return cs.bursts(ctx, o.Size, o.For)
	case "churn":
		return cs.churn(ctx, o)
	default:
		return seen{}, fmt.Errorf("unknown command %q", o.Do)
	}
}

// atOnce is the number of concurrent dials.
const atOnce = 50

func (cs *clients) connect(o order) (seen, error) {
	cs.addr = o.Addr
	before, err := cs.ask("/usage")
	if err != nil {
		return seen{}, err
	}
	started := time.Now()
	all := make([]*client, o.Clients)
	errs := make(chan error, atOnce)
	var next atomic.Int64
	for range atOnce {
		go func() {
			for i := int(next.Add(1)) - 1; i < o.Clients; i = int(next.Add(1)) - 1 {
				c, err := dial(o.Addr)
				if err != nil {
					errs <- fmt.Errorf("client %d: %w", i, err)
					return
				}
				c.all, c.timed = cs, i%100 == 0
				all[i] = c
			}
			errs <- nil
		}()
	}
	var first error
	for range atOnce {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	if first != nil {
		return seen{}, first
	}
	took := time.Since(started)
	after, err := cs.ask("/usage")
	cs.all = all
	for _, c := range all {
		go c.read()
	}
	return seen{PerSecond: float64(o.Clients) / took.Seconds(), CPUMicros: after.CPUMicros - before.CPUMicros, Goroutines: after.Goroutines}, err
}

// bursts requests one burst after the other, each when the previous one has
// reached all clients.
func (cs *clients) bursts(ctx context.Context, size int, long time.Duration) (seen, error) {
	cs.mu.Lock()
	cs.took = cs.took[:0]
	cs.mu.Unlock()
	before, err := cs.ask("/usage")
	if err != nil {
		return seen{}, err
	}
	start, deliveries := time.Now(), int64(0)
	for time.Since(start) < long {
		n := int64(size * len(cs.all))
		cs.delivered.Store(0)
		atomic.StoreInt64(&cs.wanted, n)
		if _, err := cs.ask("/burst?n=" + strconv.Itoa(size)); err != nil {
			return seen{}, err
		}
		select {
		case <-cs.arrived:
		case <-time.After(30 * time.Second):
			return seen{}, fmt.Errorf("%d of %d messages have arrived", cs.delivered.Load(), n)
		case <-ctx.Done():
			return seen{}, ctx.Err()
		}
		deliveries += n
	}
	took := time.Since(start)
	after, err := cs.ask("/usage")
	if err != nil {
		return seen{}, err
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	slices.Sort(cs.took)
	result := seen{
		PerSecond:  float64(deliveries) / took.Seconds(),
		Deliveries: deliveries,
		CPUMicros:  after.CPUMicros - before.CPUMicros,
		Goroutines: after.Goroutines,
	}
	if len(cs.took) > 0 {
		result.P50, result.P99 = cs.took[len(cs.took)/2], cs.took[len(cs.took)*99/100]
	}
	return result, nil
}

// flood sends as much as the server accepts, and reconnects a moment after it was
// disconnected.
func (cs *clients) flood(ctx context.Context) {
	const text = `42["blog.article.feed",{"what":"a flood"}]`
	frames := bytes.Repeat(append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...), 50)
	for ctx.Err() == nil {
		if c, err := dial(cs.addr); err == nil {
			_ = c.conn.SetDeadline(time.Now().Add(5 * time.Second))
			for err == nil && ctx.Err() == nil {
				_, err = c.conn.Write(frames)
			}
			_ = c.conn.Close()
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// churn connects and disconnects clients for a while, while others stay.
func (cs *clients) churn(ctx context.Context, o order) (seen, error) {
	end := time.Now().Add(o.For)
	var came atomic.Int64
	errs := make(chan error, atOnce)
	for range atOnce {
		go func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				c, err := dial(cs.addr)
				if err != nil {
					errs <- err
					return
				}
				_ = c.conn.Close()
				came.Add(1)
				time.Sleep(20 * time.Millisecond)
			}
			errs <- nil
		}()
	}
	var first error
	for range atOnce {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	now, err := cs.ask("/usage")
	if first == nil {
		first = err
	}
	return seen{PerSecond: float64(came.Load()) / o.For.Seconds(), Goroutines: now.Goroutines}, first
}

func (cs *clients) ask(path string) (used, error) {
	response, err := http.Get("http://" + cs.addr + path)
	if err != nil {
		return used{}, err
	}
	defer func() { _ = response.Body.Close() }()
	var u used
	if response.StatusCode != http.StatusOK {
		return used{}, fmt.Errorf("%s: %s", path, response.Status)
	}
	return u, json.NewDecoder(response.Body).Decode(&u)
}

func (cs *clients) count(n int64) {
	if wanted := atomic.LoadInt64(&cs.wanted); n > 0 && cs.delivered.Add(n) == wanted {
		cs.arrived <- struct{}{}
	}
}

// client is a connection that has subscribed.
type client struct {
	all   *clients
	conn  *net.TCPConn
	timed bool
	rest  []byte // of a frame
}

func dial(addr string) (*client, error) {
	conn, err := net.DialTimeout("tcp", addr, 30*time.Second)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	c := &client{conn: conn.(*net.TCPConn)}
	if err := c.handshake(addr); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, conn.SetDeadline(time.Time{})
}

func (c *client) handshake(addr string) error {
	_, err := fmt.Fprintf(c.conn, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", addr)
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(c.conn, 1024)
	status, err := in.ReadString('\n')
	if err != nil || !bytes.Contains([]byte(status), []byte(" 101 ")) {
		return fmt.Errorf("the response to the handshake was %q: %w", status, err)
	}
	for line := status; line != "\r\n"; {
		if line, err = in.ReadString('\n'); err != nil {
			return err
		}
	}
	if err := expect(in, "0{"); err != nil {
		return err
	}
	if err := c.writeText("40"); err != nil {
		return err
	}
	if err := expect(in, "40{"); err != nil {
		return err
	}
	if err := c.writeText(`420["subscribe","blog.article.feed"]`); err != nil {
		return err
	}
	return expect(in, `430[{"ok":true}`)
}

// writeText sends a short text frame, with a mask of zeros.
func (c *client) writeText(text string) error {
	_, err := c.conn.Write(append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...))
	return err
}

func expect(in *bufio.Reader, prefix string) error {
	head := make([]byte, 4)
	if _, err := io.ReadFull(in, head[:2]); err != nil {
		return fmt.Errorf("wait for %s: %w", prefix, err)
	}
	length := int(head[1])
	if length == 126 {
		if _, err := io.ReadFull(in, head[2:4]); err != nil {
			return err
		}
		length = int(binary.BigEndian.Uint16(head[2:]))
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(in, text); err != nil || !bytes.HasPrefix(text, []byte(prefix)) {
		return fmt.Errorf("got %q %w, want %s", text, err, prefix)
	}
	return nil
}

var buffers = sync.Pool{New: func() any { return new([16 << 10]byte) }}

// read counts messages until the connection ends.
func (c *client) read() {
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return
	}
	for {
		var buffer *[16 << 10]byte
		var n int
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			buffer = buffers.Get().(*[16 << 10]byte)
			n, failed = syscall.Read(int(fd), buffer[:])
			if failed == syscall.EAGAIN {
				buffers.Put(buffer)
				return false
			}
			return true
		})
		if err != nil || failed != nil || n == 0 {
			return
		}
		c.take(buffer[:n])
		buffers.Put(buffer)
	}
}

// take counts the messages in data. Frames from a server are not masked.
func (c *client) take(data []byte) {
	if len(c.rest) > 0 {
		data = append(c.rest, data...)
	}
	var messages int64
	for len(data) >= 2 {
		length, head := int(data[1]), 2
		if length == 126 {
			if len(data) < 4 {
				break
			}
			length, head = int(binary.BigEndian.Uint16(data[2:])), 4
		}
		if len(data) < head+length {
			break
		}
		payload := data[head : head+length]
		data = data[head+length:]
		switch {
		case length == 1 && payload[0] == '2':
			_ = c.writeText("3")
		case length > 20:
			messages++
			if c.timed {
				c.time(payload)
			}
		}
	}
	c.rest = bytes.Clone(data)
	c.all.count(messages)
}

func (c *client) time(payload []byte) {
	_, after, found := bytes.Cut(payload, []byte(`"summary":"`))
	if !found || len(after) < 20 {
		return
	}
	at, err := strconv.ParseInt(string(after[:20]), 10, 64)
	if err != nil {
		return
	}
	took := time.Since(time.Unix(0, at))
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.all.took = append(c.all.took, took)
}

// clientsProcess is the entry point of the process.
func clientsProcess(ctx context.Context) error { return runClients(ctx, os.Stdin, os.Stdout) }
