package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// checkout is a copy of this checkout, with nothing installed or built.
type checkout struct {
	dir string
	url string

	supervisor *exec.Cmd
	mu         sync.Mutex
	log        bytes.Buffer
}

func copyCheckout(ctx context.Context) (*checkout, error) {
	dir, err := os.MkdirTemp("", "pergola-devloop-")
	if err != nil {
		return nil, err
	}
	c := &checkout{dir: dir}
	if err := os.Chmod(dir, 0o755); err != nil { // the database server may run as another user
		return nil, err
	}
	list, err := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		c.remove()
		return nil, fmt.Errorf("list the files of the checkout: %w", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		if err := copyFile(name, filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			c.remove()
			return nil, err
		}
	}
	return c, nil
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode())
}

func (c *checkout) remove() { _ = os.RemoveAll(c.dir) }

// start runs ./task dev and returns the time until the first page.
func (c *checkout) start(ctx context.Context) (time.Duration, error) {
	port, err := freePort()
	if err != nil {
		return 0, err
	}
	c.url = "http://localhost:" + port
	c.supervisor = exec.Command("./task", "dev")
	c.supervisor.Dir = c.dir
	c.supervisor.Env = append(os.Environ(), "PORT="+port, "DATABASE_URL=", "LOG_LEVEL=warn")
	c.supervisor.Stdout, c.supervisor.Stderr = c, c
	begun := time.Now()
	if err := c.supervisor.Start(); err != nil {
		return 0, err
	}
	for {
		response, err := http.Get(c.url)
		if err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return time.Since(begun), nil
			}
		}
		select {
		case <-ctx.Done():
			c.stop()
			return 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if time.Since(begun) > 5*time.Minute {
			c.stop()
			return 0, fmt.Errorf("no page within five minutes\n%s", c.output())
		}
	}
}

func (c *checkout) stop() {
	_ = c.supervisor.Process.Signal(syscall.SIGINT)
	_ = c.supervisor.Wait() // its exit code does not affect the figures
}

// Write records the supervisor's output, for error messages.
func (c *checkout) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.Write(p)
}

func (c *checkout) output() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.String()
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}
