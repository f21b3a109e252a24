package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test binary is also the supervisor, so that it runs under the race
// detector when the tests do.
func TestMain(m *testing.M) {
	if os.Getenv("PERGOLA_TEST_AS_SUPERVISOR") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// waitTimeout is how long a test waits for a condition. It is generous: many tests
// share the machine, and each builds an application.
const waitTimeout = 90 * time.Second

// sandbox is a copy of the sample application and a supervisor for it.
type sandbox struct {
	t        *testing.T
	dir      string
	port     string
	url      string
	database string // DATABASE_URL
	output   *output

	cmd  *exec.Cmd
	done chan struct{}
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	// When the tests run as root, the database server runs as another user.
	for path := dir; len(path) > len(os.TempDir()); path = filepath.Dir(path) {
		_ = os.Chmod(path, 0o755)
	}
	if err := os.CopyFS(dir, os.DirFS("testdata/sample")); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	s := &sandbox{t: t, dir: dir, database: "postgres://localhost/unused"}
	s.save("go.sum", string(sums))
	s.usePort(unusedPort(t))
	return s
}

func (s *sandbox) usePort(port string) {
	s.port = port
	s.url = "http://127.0.0.1:" + port
}

// start runs the supervisor; it is stopped at the end of the test.
func (s *sandbox) start(args ...string) {
	s.t.Helper()
	s.output = &output{}
	s.done = make(chan struct{})
	s.cmd = exec.Command(os.Args[0], args...)
	s.cmd.Dir = s.dir
	s.cmd.Env = append(os.Environ(), "PERGOLA_TEST_AS_SUPERVISOR=1", "PORT="+s.port, "HOST=127.0.0.1", "DATABASE_URL="+s.database, "GOFLAGS=-mod=mod")
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	s.cmd.WaitDelay = time.Second
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait() // the exit code is in ProcessState
		close(s.done)
	}()
	s.t.Cleanup(func() { s.stop(syscall.SIGTERM) })
}

// run starts the supervisor and waits for the first page.
func (s *sandbox) run() {
	s.t.Helper()
	s.start()
	s.waitForPage(http.StatusOK, "Hello from Go")
}

func (s *sandbox) stop(signal syscall.Signal) {
	s.t.Helper()
	_ = s.cmd.Process.Signal(signal) // it may already have exited
	s.waitForEnd()
}

func (s *sandbox) waitForEnd() {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(waitTimeout):
		_ = s.cmd.Process.Kill()
		s.t.Errorf("the supervisor does not exit\n%s", s.output)
	}
}

func (s *sandbox) save(name, content string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s *sandbox) read(name string) string {
	s.t.Helper()
	content, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(content)
}

// edit replaces a text in a file and saves it.
func (s *sandbox) edit(name, before, after string) {
	s.t.Helper()
	content := s.read(name)
	if !strings.Contains(content, before) {
		s.t.Fatalf("%s does not contain %q", name, before)
	}
	s.save(name, strings.ReplaceAll(content, before, after))
}

// get sends a request like a browser that is going to display the response.
func (s *sandbox) get(path string) (status int, body string, err error) {
	request, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Accept", "text/html")
	return s.do(request)
}

func (s *sandbox) do(request *http.Request) (status int, body string, err error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), waitTimeout)
	defer cancel()
	response, err := http.DefaultClient.Do(request.WithContext(ctx))
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, string(content), err
}

func (s *sandbox) waitForPage(status int, text string) {
	s.t.Helper()
	var got string
	s.waitUntil(fmt.Sprintf("the page responds with %d and contains %q", status, text), func() bool {
		gotStatus, body, err := s.get("/")
		got = fmt.Sprintf("%d %s %v", gotStatus, body, err)
		return gotStatus == status && strings.Contains(body, text)
	}, &got)
}

func (s *sandbox) waitForOutput(text string) {
	s.t.Helper()
	s.waitUntil(fmt.Sprintf("the terminal shows %q", text), func() bool { return strings.Contains(s.output.String(), text) }, new(string))
}

func (s *sandbox) waitUntil(what string, holds func() bool, instead *string) {
	s.t.Helper()
	deadline := time.After(waitTimeout)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			s.t.Fatalf("timed out waiting until %s; it was %s\nthe terminal shows:\n%s", what, *instead, s.output)
		}
	}
}

// application returns the process id of the running application.
func (s *sandbox) application() int {
	s.t.Helper()
	_, body, err := s.get("/pid")
	if err != nil {
		s.t.Fatal(err)
	}
	pid, err := strconv.Atoi(body)
	if err != nil {
		s.t.Fatalf("the application's process id is %q", body)
	}
	return pid
}

// processes returns the processes of the sandbox, found by their command line or
// working directory.
func (s *sandbox) processes() []string {
	s.t.Helper()
	list, err := exec.Command("ps", "-eo", "pid=,stat=,args=").Output()
	if err != nil {
		s.t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(list)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || strings.HasPrefix(fields[1], "Z") {
			continue
		}
		dir, _ := os.Readlink("/proc/" + fields[0] + "/cwd")
		if strings.Contains(line, s.dir) || dir == s.dir || strings.HasPrefix(dir, s.dir+"/") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func (s *sandbox) waitForNoProcess() {
	s.t.Helper()
	var left string
	s.waitUntil("no process is left", func() bool {
		processes := s.processes()
		left = strings.Join(processes, "\n")
		return len(processes) == 0
	}, &left)
}

func unusedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// output is what the terminal shows, without colors.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

var color = regexp.MustCompile("\x1b\\[[0-9;]*m")

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return color.ReplaceAllString(o.text.String(), "")
}
