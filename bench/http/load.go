package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// load is the result of one run against one server.
type load struct {
	perSecond float64
	median    time.Duration
	p99       time.Duration
}

// connections is the number of busy connections: enough to fill two cores, and few
// enough that response times are meaningful.
const connections = 32

// measure sends the same request repeatedly on kept-alive connections for the
// duration. It writes bytes and reads responses without net/http's client, which
// would use most of the machine.
func measure(addr, path, cookie string, duration time.Duration) (load, error) {
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\n")
	if cookie != "" {
		request = append(request, "Cookie: "+cookie+"\r\n"...)
	}
	request = append(request, "\r\n"...)

	var (
		group sync.WaitGroup
		mu    sync.Mutex
		took  []time.Duration
		first error
	)
	deadline := time.Now().Add(duration)
	for range connections {
		group.Go(func() {
			times, err := ask(addr, request, deadline)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, times...)
			if first == nil {
				first = err
			}
		})
	}
	group.Wait()
	if first != nil {
		return load{}, fmt.Errorf("load %s%s: %w", addr, path, first)
	}
	slices.Sort(took)
	return load{
		perSecond: float64(len(took)) / duration.Seconds(),
		median:    took[len(took)/2],
		p99:       took[len(took)*99/100],
	}, nil
}

func ask(addr string, request []byte, deadline time.Time) (took []time.Duration, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReaderSize(conn, 64<<10)
	for time.Now().Before(deadline) {
		started := time.Now()
		if _, err := conn.Write(request); err != nil {
			return took, err
		}
		if err := skipAnswer(reader); err != nil {
			return took, err
		}
		took = append(took, time.Since(started))
	}
	return took, nil
}

// skipAnswer reads one response with a Content-Length and fails for every status
// but 200, so that no error page is counted as a fast page.
func skipAnswer(reader *bufio.Reader) error {
	status, err := reader.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.Contains(status, " 200 ") {
		return fmt.Errorf("the server responded with %s", strings.TrimSpace(status))
	}
	length := -1
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, ok := strings.Cut(string(line), ":"); ok && http.CanonicalHeaderKey(name) == "Content-Length" {
			if _, err := fmt.Sscan(value, &length); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("the response has no Content-Length")
	}
	_, err = reader.Discard(length)
	return err
}
