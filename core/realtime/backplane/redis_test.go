package backplane_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/backplane"
)

// redisServer is a Redis server that one test can stop and restart.
type redisServer struct {
	t       *testing.T
	addr    string
	process *exec.Cmd
}

// startRedis runs a server without persistence.
func startRedis(t *testing.T) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed (apt-get install redis-server)")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &redisServer{t: t, addr: listener.Addr().String()}
	_ = listener.Close()
	r.start()
	t.Cleanup(r.kill)
	return r
}

func (r *redisServer) start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.addr)
	r.process = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.t.TempDir())
	if err := r.process.Start(); err != nil {
		r.t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", r.addr)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatal(err)
		}
	}
}

func (r *redisServer) kill() {
	_ = r.process.Process.Kill()
	_ = r.process.Wait()
}

func (r *redisServer) signal(signal os.Signal) {
	r.t.Helper()
	if err := r.process.Process.Signal(signal); err != nil {
		r.t.Fatal(err)
	}
}

func (r *redisServer) plane(t *testing.T) backplane.Backplane {
	t.Helper()
	plane, err := backplane.NewRedis("redis://"+r.addr, discard)
	if err != nil {
		t.Fatal(err)
	}
	return plane
}

// TestMain runs a node if BACKPLANE_TEST_NODE is set: a separate process that
// broadcasts the lines from its standard input, and prints what it receives.
func TestMain(m *testing.M) {
	if addr := os.Getenv("BACKPLANE_TEST_NODE"); addr != "" {
		if err := runNode(addr, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// printed prints everything that its sockets would receive.
type printed struct {
	sockets
	out io.Writer
}

func (p *printed) Broadcast(ctx context.Context, message realtime.Message) error {
	fmt.Fprintln(p.out, message.Topic, string(message.JSON))
	return nil
}

func (p *printed) SessionEnded(_ context.Context, session string) {
	fmt.Fprintln(p.out, "ended", session)
}

func runNode(addr string, in io.Reader, out io.Writer) error {
	plane, err := backplane.NewRedis("redis://"+addr, discard)
	if err != nil {
		return err
	}
	relay := backplane.NewRelay(&printed{out: out}, plane, discard)
	if err := relay.Start(context.Background()); err != nil {
		return err
	}
	fmt.Fprintln(out, "ready")
	for lines := bufio.NewScanner(in); lines.Scan(); {
		topic, payload, _ := strings.Cut(lines.Text(), " ")
		if topic == "end" {
			relay.SessionEnded(context.Background(), payload)
			continue
		}
		if err := relay.Broadcast(context.Background(), realtime.Message{Topic: topic, JSON: []byte(payload)}); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return relay.Stop(ctx)
}

// node is a process that runs runNode.
type node struct {
	t       *testing.T
	process *exec.Cmd
	in      io.WriteCloser
	read    chan struct{}

	mu    sync.Mutex
	lines []string
}

func startNode(t *testing.T, addr string) *node {
	t.Helper()
	n := &node{t: t, process: exec.Command(os.Args[0]), read: make(chan struct{})}
	n.process.Env = append(os.Environ(), "BACKPLANE_TEST_NODE="+addr)
	n.process.Stderr = os.Stderr
	var err error
	if n.in, err = n.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := n.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(n.read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			n.mu.Lock()
			n.lines = append(n.lines, lines.Text())
			n.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = n.in.Close()
		<-n.read
		_ = n.process.Wait()
	})
	n.expect("ready")
	return n
}

func (n *node) send(line string) {
	n.t.Helper()
	if _, err := fmt.Fprintln(n.in, line); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) received() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.lines)
}

// expect waits until the node has received the line.
func (n *node) expect(line string) {
	n.t.Helper()
	waitUntil(n.t, line, func() bool { return slices.Contains(n.received(), line) })
}

func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}

func TestRedis_deliversInOrderAcrossThreeProcesses(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	nodes := []*node{startNode(t, server.addr), startNode(t, server.addr), startNode(t, server.addr)}
	const n = 500

	var wg sync.WaitGroup
	for i, sender := range nodes {
		wg.Go(func() {
			for k := range n {
				sender.send(fmt.Sprintf("from.%d %d", i, k))
			}
			sender.send(fmt.Sprintf("end session-%d", i))
		})
	}
	wg.Wait()

	for _, receiver := range nodes {
		for i := range nodes {
			receiver.expect(fmt.Sprintf("ended session-%d", i))
		}
		counts := make([]int, len(nodes))
		for _, line := range receiver.received() {
			var from, k int
			if _, err := fmt.Sscanf(line, "from.%d %d", &from, &k); err != nil {
				continue
			}
			if k != counts[from] {
				t.Fatalf("received %q after %d messages of that node", line, counts[from])
			}
			counts[from]++
		}
		if !slices.Equal(counts, []int{n, n, n}) {
			t.Errorf("received %v messages of each node, want %d", counts, n)
		}
	}
}

func TestRedis_survivesAKilledProcess(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	first, second, third := startNode(t, server.addr), startNode(t, server.addr), startNode(t, server.addr)
	first.send("t 1")
	second.expect("t 1")

	if err := third.process.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	first.send("t 2")
	second.send("t 3")

	second.expect("t 2")
	first.expect("t 3")
	again := startNode(t, server.addr)
	first.send("t 4")
	again.expect("t 4")
	if lines := again.received(); slices.Contains(lines, "t 2") {
		t.Errorf("a new process received an earlier message: %q", lines)
	}
}

// While Redis is down, each process still broadcasts to its own sockets without
// waiting, reports the outage, and queues a bounded number of messages. When Redis is
// back, the processes receive from each other again.
func TestRedis_recoversFromAnOutage(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	herePlane := server.plane(t)
	here, mine := process(t, herePlane)
	_, others := process(t, server.plane(t))
	broadcast(t, here, "t", "1")
	expect(t, others, "t 1")
	waitUntil(t, "the backplane to be up", func() bool { return here.Metrics().Up })

	server.kill()
	waitUntil(t, "the backplane to be down", func() bool { return !here.Metrics().Up })
	large := `"` + strings.Repeat("x", 20_000) + `"`
	started := time.Now()
	for range 1_000 { // 20 MB
		broadcast(t, here, "t", large)
	}
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("1,000 broadcasts took %v while Redis was down", took)
	}
	if got := len(mine.all()); got != 1_001 {
		t.Errorf("the sockets of this process got %d messages, want 1001", got)
	}
	if m := here.Metrics(); m.Dropped == 0 || m.Waiting*len(large) > 17<<20 {
		t.Errorf("%d messages are queued and %d were dropped, want some dropped and at most 17 MB queued", m.Waiting, m.Dropped)
	}

	server.start()
	waitUntil(t, "both processes to be up", func() bool { return here.Metrics().Up && herePlane.Metrics().Waiting == 0 })
	sent := 0
	waitUntil(t, "a message to reach the other process", func() bool {
		sent++
		broadcast(t, here, "after", fmt.Sprint(sent))
		return slices.ContainsFunc(others.all(), func(line string) bool { return strings.HasPrefix(line, "after ") })
	})
	for _, process := range []*sockets{mine, others} {
		if !slices.Contains(process.all(), "reconnect") {
			t.Error("sockets that may have missed messages did not reconnect")
		}
	}
	if m := here.Metrics(); m.Lag.Count == 0 || m.Sent == 0 {
		t.Errorf("metrics %+v, want messages sent and their lag", m)
	}
}

// A server that hangs keeps its connections.
func TestRedis_noticesAServerThatHangs(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	here, mine := process(t, server.plane(t))
	waitUntil(t, "the backplane to be up", func() bool { return here.Metrics().Up })

	server.signal(syscall.SIGSTOP)
	waitUntil(t, "the backplane to be down", func() bool { return !here.Metrics().Up })
	server.signal(syscall.SIGCONT)

	waitUntil(t, "the backplane to be up again", func() bool { return here.Metrics().Up })
	waitUntil(t, "the sockets to reconnect", func() bool { return slices.Contains(mine.all(), "reconnect") })
}

func TestRedis_waitsForAServerThatIsDownAtStart(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	server.kill()
	here, mine := process(t, server.plane(t))
	_, others := process(t, server.plane(t))
	broadcast(t, here, "t", "1")
	expect(t, mine, "t 1")

	server.start()

	waitUntil(t, "a message to reach the other process", func() bool {
		broadcast(t, here, "t", "2")
		return slices.Contains(others.all(), "t 2")
	})
}

func TestNewRedis_hidesThePassword(t *testing.T) {
	t.Parallel()
	_, err := backplane.NewRedis("http://user:hunter2@host", discard)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v, want one without the password", err)
	}
}
