// Realtime measures how many messages a second core/realtime delivers, what each
// costs, and what a connection costs, compared with a minimal websocket server in
// Go and with Node's Socket.IO. See ../README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.com/pergola/bench/internal/program"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 3 && args[0] == "serve":
		return serve(ctx, args[1], args[2])
	case len(args) == 1 && args[0] == "clients":
		return clientsProcess(ctx)
	}
	b := bench{}
	flags := flag.NewFlagSet("bench/realtime", flag.ContinueOnError)
	flags.IntVar(&b.clients, "clients", 5000, "number of clients subscribed to the channel")
	flags.IntVar(&b.rounds, "rounds", 3, "number of measurements of each server, alternating; the table shows medians")
	flags.DurationVar(&b.duration, "duration", 3*time.Second, "duration of each measurement")
	flags.DurationVar(&b.soak, "soak", 0, "instead: connect and disconnect clients for this long while others stay, and print memory and goroutines ten times")
	servers := flags.String("servers", "pergola,raw,joined,node", "which servers to measure; the first is compared with the others")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b.servers = strings.Split(*servers, ",")
	if b.soak > 0 {
		return b.soakPergola(ctx)
	}
	return b.measureAll(ctx)
}

// titles are the rows of the table.
var titles = map[string]string{
	"pergola": "pergola, all of core/realtime",
	"raw":     "raw: gorilla, a prepared message, a loop",
	"joined":  "raw, the frames of a burst in one write",
	"node":    "Node's Socket.IO",
}

type bench struct {
	clients, rounds int
	duration, soak  time.Duration
	servers         []string
}

// figures are the results of one round for one server.
type figures struct {
	connects    float64 // a second
	connectCPU  float64 // µs each
	memory      float64 // KB for each idle connection
	goroutines  float64 // for each idle connection
	burst, one  seen
	flooded     seen    // one by one, while others send as much as they can
	memoryAfter float64 // MB
}

func (f figures) cpu(of func(figures) seen) float64 {
	s := of(f)
	return float64(s.CPUMicros) / float64(s.Deliveries)
}

func inBursts(f figures) seen { return f.burst }
func oneByOne(f figures) seen { return f.one }

func (b *bench) measureAll(ctx context.Context) error {
	fmt.Printf("%d clients of one channel, %d rounds, %v each, %d processors, clients and server on the same machine\n\n",
		b.clients, b.rounds, b.duration, runtime.NumCPU())
	all := map[string][]figures{}
	for range b.rounds {
		for _, kind := range b.servers {
			f, err := b.measure(ctx, kind)
			if err != nil {
				return fmt.Errorf("%s: %w", titles[kind], err)
			}
			all[kind] = append(all[kind], f)
		}
	}
	b.print(all)
	return nil
}

func (b *bench) measure(ctx context.Context, kind string) (f figures, err error) {
	server, err := start(ctx, kind)
	if err != nil {
		return figures{}, err
	}
	defer server.Stop()
	empty, err := server.ResidentMB()
	if err != nil {
		return figures{}, err
	}
	clients, err := startClients(ctx)
	if err != nil {
		return figures{}, err
	}
	defer clients.stop()
	connected, err := clients.do(order{Do: "connect", Addr: server.Addr, Clients: b.clients})
	if err != nil {
		return figures{}, err
	}
	time.Sleep(2 * time.Second) // idle
	full, err := server.ResidentMB()
	if err != nil {
		return figures{}, err
	}
	f.connects, f.connectCPU = connected.PerSecond, float64(connected.CPUMicros)/float64(b.clients)
	f.memory = (full - empty) * 1024 / float64(b.clients)
	f.goroutines = float64(connected.Goroutines) / float64(b.clients)
	if f.burst, err = clients.do(order{Do: "burst", Size: 10, Warm: b.duration / 4, For: b.duration}); err != nil {
		return figures{}, err
	}
	if f.one, err = clients.do(order{Do: "burst", Size: 1, Warm: b.duration / 4, For: b.duration}); err != nil {
		return figures{}, err
	}
	if kind == "pergola" { // the others have no protection against it
		if f.flooded, err = clients.do(order{Do: "burst", Size: 1, Warm: b.duration / 4, For: b.duration, Flood: 10}); err != nil {
			return figures{}, err
		}
	}
	f.memoryAfter, err = server.ResidentMB()
	return f, err
}

// start runs a server in a separate process.
func start(ctx context.Context, kind string) (*program.Program, error) {
	addr, err := program.FreeAddr()
	if err != nil {
		return nil, err
	}
	if kind == "node" {
		dir, err := nodeDir()
		if err != nil {
			return nil, err
		}
		process := exec.CommandContext(ctx, "node", "server.mjs", addr)
		process.Dir, process.Stderr = dir, os.Stderr
		return program.Start(ctx, process, addr, "/usage")
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	process := exec.CommandContext(ctx, self, "serve", kind, addr)
	process.Stderr = os.Stderr
	return program.Start(ctx, process, addr, "/usage")
}

// nodeDir returns the folder in which the Taskfile has installed Node's Socket.IO.
func nodeDir() (string, error) {
	dir, err := filepath.Abs("bench/realtime/node")
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "socket.io")); err != nil {
		return "", fmt.Errorf("socket.io is not installed: run ./task bench:realtime: %w", err)
	}
	return dir, nil
}

// clientsOf is the clients' process.
type clientsOf struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

func startClients(ctx context.Context) (*clientsOf, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &clientsOf{process: exec.CommandContext(ctx, self, "clients")}
	c.process.Stderr = os.Stderr
	if c.in, err = c.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewScanner(out)
	return c, c.process.Start()
}

func (c *clientsOf) do(o order) (seen, error) {
	if err := json.NewEncoder(c.in).Encode(o); err != nil {
		return seen{}, err
	}
	if !c.out.Scan() {
		return seen{}, errors.Join(errors.New("the clients' process has exited"), c.out.Err())
	}
	var s seen
	if err := json.Unmarshal(c.out.Bytes(), &s); err != nil {
		return seen{}, err
	}
	if s.Error != "" {
		return seen{}, errors.New(s.Error)
	}
	return s, nil
}

func (c *clientsOf) stop() {
	_ = c.in.Close()
	_ = c.process.Wait()
}

func (b *bench) print(all map[string][]figures) {
	fmt.Printf("%-42s %28s   %28s   %22s\n", "", "bursts of 10", "one by one", "a connection")
	fmt.Printf("%-42s %12s %7s %7s   %12s %7s %7s   %7s %6s %7s\n", "",
		"deliveries/s", "µs CPU", "p99 ms", "deliveries/s", "µs CPU", "p99 ms", "KB idle", "µs CPU", "a sec.")
	for _, kind := range b.servers {
		fs := all[kind]
		of := func(value func(figures) float64) float64 { return median(fs, value) }
		fmt.Printf("%-42s %12.0f %7.2f %7.1f   %12.0f %7.2f %7.1f   %7.1f %6.0f %7.0f\n", titles[kind],
			of(func(f figures) float64 { return f.burst.PerSecond }),
			of(func(f figures) float64 { return f.cpu(inBursts) }),
			of(func(f figures) float64 { return ms(f.burst.P99) }),
			of(func(f figures) float64 { return f.one.PerSecond }),
			of(func(f figures) float64 { return f.cpu(oneByOne) }),
			of(func(f figures) float64 { return ms(f.one.P99) }),
			of(func(f figures) float64 { return f.memory }),
			of(func(f figures) float64 { return f.connectCPU }),
			of(func(f figures) float64 { return f.connects }))
	}
	first := b.servers[0]
	fmt.Printf("\ngoroutines for each idle connection of %s: %.2f; memory after all this: %.0f MB\n", first,
		median(all[first], func(f figures) float64 { return f.goroutines }),
		median(all[first], func(f figures) float64 { return f.memoryAfter }))
	if first == "pergola" {
		fmt.Printf("p99 one by one while 10 clients flood, relative to p99 without: %.2f\n",
			median(all[first], func(f figures) float64 { return float64(f.flooded.P99) / float64(f.one.P99) }))
	}
	for _, other := range b.servers[1:] {
		fmt.Printf("\n%s, relative to %s, round by round: median (95 %% confidence interval of the median)\n", first, other)
		compare("bursts, deliveries/s", all[first], all[other], func(f figures) float64 { return f.burst.PerSecond })
		compare("bursts, CPU", all[first], all[other], func(f figures) float64 { return f.cpu(inBursts) })
		compare("one by one, deliveries/s", all[first], all[other], func(f figures) float64 { return f.one.PerSecond })
		compare("one by one, CPU", all[first], all[other], func(f figures) float64 { return f.cpu(oneByOne) })
		compare("one by one, p99", all[first], all[other], func(f figures) float64 { return ms(f.one.P99) })
		compare("handshakes/s", all[first], all[other], func(f figures) float64 { return f.connects })
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median(fs []figures, value func(figures) float64) float64 {
	values := make([]float64, len(fs))
	for i, f := range fs {
		values[i] = value(f)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// compare prints the median of the ratios per round, and the order statistics that
// bound its 95% confidence interval; with fewer than six rounds these are the
// smallest and the largest.
func compare(what string, ours, others []figures, value func(figures) float64) {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = value(ours[i]) / value(others[i])
	}
	slices.Sort(ratios)
	n, low := len(ratios), 0
	for chance := math.Pow(0.5, float64(n)); ; low++ { // that no more than low of n are below the median
		chance += math.Pow(0.5, float64(n)) * choose(n, low+1)
		if chance > 0.025 {
			break
		}
	}
	fmt.Printf("  %-26s %6.2f (%.2f to %.2f)\n", what, ratios[n/2], ratios[low], ratios[n-1-low])
}

func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

// soakPergola prints the server's resources while clients connect and disconnect.
func (b *bench) soakPergola(ctx context.Context) error {
	server, err := start(ctx, "pergola")
	if err != nil {
		return err
	}
	defer server.Stop()
	clients, err := startClients(ctx)
	if err != nil {
		return err
	}
	defer clients.stop()
	if _, err := clients.do(order{Do: "connect", Addr: server.Addr, Clients: b.clients}); err != nil {
		return err
	}
	fmt.Printf("%d clients stay, others come and go for %v\n\n%12s %12s %12s %12s %14s\n", b.clients, b.soak, "after", "memory MB", "goroutines", "came a sec.", "deliveries/s")
	part := b.soak / 10
	for i := range 10 {
		came, err := clients.do(order{Do: "churn", For: part * 3 / 4})
		if err != nil {
			return err
		}
		result, err := clients.do(order{Do: "burst", Size: 10, For: part / 4})
		if err != nil {
			return err
		}
		memory, err := server.ResidentMB()
		if err != nil {
			return err
		}
		fmt.Printf("%12v %12.1f %12d %12.0f %14.0f\n", part*time.Duration(i+1), memory, result.Goroutines, came.PerSecond, result.PerSecond)
	}
	return nil
}
