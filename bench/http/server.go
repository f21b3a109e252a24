package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// server is a program under test, running in a process of its own.
type server struct {
	addr, url string
	process   *exec.Cmd
}

// build makes the program as it would be shipped.
func build(ctx context.Context, binary string) error {
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/web").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build cmd/web: %w\n%s", err, out)
	}
	return nil
}

func startWeb(ctx context.Context, binary, databaseURL, environment string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	process := exec.CommandContext(ctx, binary)
	process.Env = append(os.Environ(), "APP_ENV="+environment, "ADDR="+addr, "BASE_URL=http://"+addr, "DATABASE_URL="+databaseURL)
	return start(ctx, process, addr, "/readyz")
}

func startBaseline(ctx context.Context, databaseURL, pageFile string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	return start(ctx, exec.CommandContext(ctx, self, "baseline", addr, databaseURL, pageFile), addr, "/")
}

func start(ctx context.Context, process *exec.Cmd, addr, readyPath string) (*server, error) {
	if err := process.Start(); err != nil {
		return nil, err
	}
	s := &server{addr: addr, url: "http://" + addr, process: process}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		response, err := http.Get(s.url + readyPath)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return s, nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("%s did not get ready", process.Path)
}

func (s *server) stop() {
	_ = s.process.Process.Signal(os.Interrupt)
	_ = s.process.Wait()
}

// residentMB is the memory that the process holds, as the kernel counts it.
func (s *server) residentMB() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of the program (this needs Linux): %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("the kernel does not tell the memory of the program")
}

func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}
