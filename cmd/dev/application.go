package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/pergola/cmd/dev/internal/process"
	"example.com/pergola/cmd/dev/internal/templates"
)

// application is one run of the application, on an address that only the proxy
// uses.
type application struct {
	address string
	process *process.Process
	text    *templates.ApplicationText
	output  *tail

	stopping atomic.Bool // its exit is expected
}

// drain is how long the application may take to exit; afterwards it is killed.
const drain = 3 * time.Second

// startApplication returns when the application is ready for requests. If it
// exits before that, the error is an *endedError.
func startApplication(ctx context.Context, s settings, d database, children *process.Family, binary string, text *templates.ApplicationText, t *terminal) (*application, error) {
	for attempt := 1; ; attempt++ {
		address, err := freePort()
		if err != nil {
			return nil, err
		}
		output := &tail{next: t}
		cmd := exec.Command(binary)
		cmd.Dir = s.root
		cmd.Env = environment(s, d, address, text)
		cmd.Stdout, cmd.Stderr = output, output
		child, err := children.Start(cmd)
		if err != nil {
			return nil, err
		}
		app := &application{address: address, process: child, text: text, output: output}
		err = app.waitReady(ctx)
		if err == nil {
			return app, nil
		}
		app.process.Stop(drain)
		// Another program may have taken the port since it was found free.
		if attempt < 3 && strings.Contains(output.String(), "address already in use") {
			continue
		}
		return nil, err
	}
}

func environment(s settings, d database, address string, text *templates.ApplicationText) []string {
	env := append(os.Environ(),
		"APP_ENV=development",
		"ADDR="+address,
		"BASE_URL="+s.baseURL,
		"ASSETS_DIR="+s.web("dist"),
		"LIVE_RELOAD=on",
		"SESSION_COOKIE="+s.sessionCookie(),
		"DATABASE_URL="+d.url,
	)
	if os.Getenv("SHUTDOWN_TIMEOUT") == "" {
		env = append(env, "SHUTDOWN_TIMEOUT=2s") // within drain
	}
	return append(env, text.Env()...)
}

// endedError is the error of an application that exited by itself.
type endedError struct {
	how    error // nil for exit code 0
	output string
}

func (e *endedError) Error() string {
	how := "without an error"
	if e.how != nil {
		how = e.how.Error()
	}
	return fmt.Sprintf("the application has exited (%s)", how)
}

// slowStart is how long the application may take to become ready.
const slowStart = 60 * time.Second

func (a *application) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, slowStart, fmt.Errorf("the application was not ready within %v", slowStart))
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !ready(ctx, client, "http://"+a.address+"/readyz") {
		select {
		case <-a.process.Done():
			return a.end()
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
	return nil
}

func ready(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode < http.StatusInternalServerError
}

// end describes how an application exited.
func (a *application) end() error {
	return &endedError{how: a.process.Err(), output: a.output.String()}
}

func (a *application) stop() {
	a.process.Stop(drain)
	a.text.Close()
}

// tail forwards an application's output and keeps the end of it.
type tail struct {
	next *terminal

	mu   sync.Mutex
	kept []byte
}

const keptBytes = 16 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - keptBytes; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	t.mu.Unlock()
	return t.next.Write(p)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.kept))
}

func isCanceled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, process.ErrClosed)
}
