// Package program runs the programs to measure, each in a separate process: the
// production build of the application, and its baselines.
package program

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

// Program is a running program that serves HTTP.
type Program struct {
	Addr, URL string
	process   *exec.Cmd
}

// BuildWeb builds the application for production.
func BuildWeb(ctx context.Context, binary string) error {
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "example.com/pergola/cmd/web").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build cmd/web: %w\n%s", err, out)
	}
	return nil
}

// StartWeb starts a binary of BuildWeb on a database, in an environment
// ("production" or "development") with further variables ("NAME=value"), and
// returns when it is ready.
func StartWeb(ctx context.Context, binary, databaseURL, environment string, variables ...string) (*Program, error) {
	addr, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	process := exec.CommandContext(ctx, binary)
	process.Env = append(os.Environ(), "APP_ENV="+environment, "ADDR="+addr, "BASE_URL=http://"+addr, "DATABASE_URL="+databaseURL, "SMTP_URL=off", "DRAIN_DELAY=0s")
	process.Env = append(process.Env, variables...)
	return Start(ctx, process, addr, "/readyz")
}

// Start starts a program that will listen at addr, and returns when it responds to
// this path with 200.
func Start(ctx context.Context, process *exec.Cmd, addr, readyPath string) (*Program, error) {
	if err := process.Start(); err != nil {
		return nil, err
	}
	p := &Program{Addr: addr, URL: "http://" + addr, process: process}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		response, err := http.Get(p.URL + readyPath)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return p, nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.Stop()
	return nil, fmt.Errorf("%s did not become ready", process.Path)
}

// Stop terminates the program and waits for it.
func (p *Program) Stop() {
	_ = p.process.Process.Signal(os.Interrupt)
	_ = p.process.Wait()
}

// ResidentMB returns the program's resident memory in megabytes.
func (p *Program) ResidentMB() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.process.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of the program (this needs Linux): %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("the kernel does not report the memory of the program")
}

// FreeAddr returns an unused address of this machine.
func FreeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}
