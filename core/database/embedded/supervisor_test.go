package embedded_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"example.com/pergola/core/database/embedded"
)

// TestMain makes this test binary two programs: the tests, and the supervisor
// that they start and kill.
func TestMain(m *testing.M) {
	if order := os.Getenv("EMBEDDED_TEST_SUPERVISOR"); order != "" {
		supervise(order)
		return
	}
	os.Exit(m.Run())
}

// report is what a supervisor writes to its standard output.
type report struct {
	URL     string
	Adopted bool
	PID     int
	Error   string
}

// supervise starts a server, reports, and stops it when its standard input
// ends.
func supervise(order string) {
	var opts embedded.Options
	if err := json.Unmarshal([]byte(order), &opts); err != nil {
		panic(err)
	}
	if os.Getenv("EMBEDDED_TEST_NO_PLACES") != "" {
		opts = opts.WithSearchDirs()
	}
	server, err := embedded.Start(context.Background(), opts)
	result := report{}
	if err != nil {
		result.Error = err.Error()
	} else {
		result = report{URL: server.URL(), Adopted: server.Adopted(), PID: server.PID()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		panic(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	if server != nil {
		_ = server.Stop(context.Background())
	}
}

// supervisor is a running supervisor process.
type supervisor struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.Closer
	stdout *bufio.Reader
}

// startSupervisor starts one in a separate process, as the given user unless
// that is "".
func startSupervisor(t *testing.T, opts embedded.Options, as string, env ...string) *supervisor {
	t.Helper()
	order, err := json.Marshal(map[string]any{"Dir": opts.Dir, "NPMDir": opts.NPMDir, "Binaries": opts.Binaries, "Settings": opts.Settings})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(programForAll(t))
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "EMBEDDED_TEST_SUPERVISOR="+string(order))
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = os.Stderr
	if as != "" {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(t, as)}
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &supervisor{t: t, cmd: cmd, in: in, stdout: bufio.NewReader(out)}
	t.Cleanup(s.end)
	return s
}

// report waits until the server has started or could not.
func (s *supervisor) report() report {
	s.t.Helper()
	line, err := s.stdout.ReadBytes('\n')
	if err != nil {
		s.t.Fatalf("the supervisor sent no report: %v", err)
	}
	var result report
	if err := json.Unmarshal(line, &result); err != nil {
		s.t.Fatal(err)
	}
	return result
}

// end makes it stop its server.
func (s *supervisor) end() {
	if s.cmd.ProcessState == nil {
		s.in.Close()
		_ = s.cmd.Wait()
	}
}

// kill kills it: its server keeps running.
func (s *supervisor) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait()
}

// programForAll copies this test binary to where every user may run it.
func programForAll(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(newDir(t), "supervisor")
	if err := os.Link(self, program); err == nil {
		return program
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}

func credential(t *testing.T, name string) *syscall.Credential {
	t.Helper()
	found, err := user.Lookup(name)
	if err != nil {
		t.Skipf("there is no user %s: %v", name, err)
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// newDir is a directory that every user may enter, unlike t.TempDir: under
// root another user runs the server.
func newDir(t *testing.T) string { return newDirIn(t, "") }

// inMemory is for data: preparing it on a busy disk takes long.
func inMemory() string {
	const memory, needed = "/dev/shm", 1 << 30
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memory, &stat); err == nil && uint64(stat.Bavail)*uint64(stat.Bsize) >= needed {
		return memory
	}
	return ""
}

func newDirIn(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "embedded-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// newOptions are for a server in its own directory, whose data need not survive
// a crash of the machine.
func newOptions(t *testing.T) embedded.Options {
	t.Helper()
	dir := newDirIn(t, inMemory())
	t.Cleanup(func() { killServersIn(dir) })
	return embedded.Options{
		Dir:      filepath.Join(dir, "postgres"),
		NPMDir:   filepath.Join(newDir(t), "npm"),
		Settings: map[string]string{"fsync": "off"},
	}
}

// killServersIn cleans up after tests that failed halfway.
func killServersIn(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "postgres", "*", "postmaster.pid"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		line, _, _ := strings.Cut(string(text), "\n")
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%s/cmdline", line))
		if pid, err := strconv.Atoi(line); err == nil && strings.Contains(string(command), dir) {
			_ = syscall.Kill(pid, syscall.SIGQUIT)
		}
	}
}
