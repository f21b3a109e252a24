package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// processVariable makes this test binary run the application, with the arguments in
// the variable, instead of the tests.
const processVariable = "PERGOLA_TEST_PROCESS"

func TestMain(m *testing.M) {
	if args, ok := os.LookupEnv(processVariable); ok {
		os.Args = append([]string{"web"}, strings.Fields(args)...)
		main()
	}
	os.Exit(m.Run())
}

// processOrigin is the public origin of processes that listen on a free port.
const processOrigin = "http://pergola.test"

// process is the application in a separate process.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan map[string]string // of its log; closed at its end
	stop  func()                 // stops it and waits; called when the test ends, too
}

// startProcess runs the application with only these environment variables. It stops
// the process when the test ends, and fails the test if the process ended earlier.
func startProcess(t *testing.T, env map[string]string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0]), lines: make(chan map[string]string, 1000)}
	p.cmd.Env = []string{processVariable + "=" + strings.Join(args, " "), "LOG_FORMAT=json", "LOG_LEVEL=info", "DRAIN_DELAY=0s"}
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start the application: %v", err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.read(bufio.NewScanner(stderr))
	}()
	p.stop = sync.OnceFunc(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		<-read
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("web %s ended with %v", strings.Join(args, " "), err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

// read forwards the log. Lines that no test waits for are dropped.
func (p *process) read(log *bufio.Scanner) {
	defer close(p.lines)
	for log.Scan() {
		var fields map[string]any
		if json.Unmarshal(log.Bytes(), &fields) != nil {
			fields = map[string]any{"msg": log.Text()}
		}
		line := map[string]string{}
		for name, value := range fields {
			if text, ok := value.(string); ok {
				line[name] = text
			}
		}
		select {
		case p.lines <- line:
		default:
		}
	}
}

// waitFor waits for a line of the log.
func (p *process) waitFor(message string) map[string]string {
	p.t.Helper()
	deadline := time.After(time.Minute)
	var before []string
	for {
		select {
		case line, ok := <-p.lines:
			switch {
			case !ok:
				p.t.Fatalf("the application ended before it logged %q; it logged %q", message, before)
			case line["msg"] == message:
				return line
			}
			before = append(before, line["msg"])
		case <-deadline:
			p.t.Fatalf("the application did not log %q, but %q", message, before)
		}
	}
}
