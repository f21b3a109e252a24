package process_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/pergola/cmd/dev/internal/process"
)

// The test binary is also the guard, and a supervisor that is killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(process.Guard(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "supervise" {
		supervise()
		return
	}
	os.Exit(m.Run())
}

func supervise() {
	family := process.NewFamily(os.Args[0], "guard")
	child := exec.Command("sh", "-c", "sleep 300 & echo $! $$; wait")
	child.Stdout = os.Stdout
	if _, err := family.Start(child); err != nil {
		panic(err)
	}
	select {}
}

func newFamily(t *testing.T) *process.Family {
	t.Helper()
	family := process.NewFamily(os.Args[0], "guard")
	t.Cleanup(family.Close)
	return family
}

func TestStop_stopsGrandchildren(t *testing.T) {
	t.Parallel()
	family := newFamily(t)
	child := exec.Command("sh", "-c", "sleep 300 & echo $! $$; wait")
	output, input := io.Pipe()
	child.Stdout = input
	p, err := family.Start(child)
	if err != nil {
		t.Fatal(err)
	}
	pids := readPids(t, output)

	p.Stop(10 * time.Second)

	for _, pid := range pids {
		waitUntilGone(t, pid)
	}
}

func TestStop_killsAChildThatIgnoresTheSignal(t *testing.T) {
	t.Parallel()
	family := newFamily(t)
	child := exec.Command("sh", "-c", "trap '' TERM; echo $$; while :; do sleep 0.1; done")
	output, input := io.Pipe()
	child.Stdout = input
	p, err := family.Start(child)
	if err != nil {
		t.Fatal(err)
	}
	pids := readPids(t, output)

	p.Stop(10 * time.Millisecond)

	waitUntilGone(t, pids[0])
	var exit *exec.ExitError
	if !errors.As(p.Err(), &exit) {
		t.Errorf("Err() = %v, want how the child exited", p.Err())
	}
}

func TestClose_stopsEveryChild(t *testing.T) {
	t.Parallel()
	family := newFamily(t)
	p, err := family.Start(exec.Command("sleep", "300"))
	if err != nil {
		t.Fatal(err)
	}

	family.Close()

	select {
	case <-p.Done():
	default:
		t.Error("the child is still running after Close")
	}
	if _, err := family.Start(exec.Command("sleep", "300")); !errors.Is(err, process.ErrClosed) {
		t.Errorf("Start after Close = %v, want %v", err, process.ErrClosed)
	}
}

func TestGuard_killsTheChildrenOfAKilledSupervisor(t *testing.T) {
	t.Parallel()
	supervisor := exec.Command(os.Args[0], "supervise")
	output, err := supervisor.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := supervisor.Start(); err != nil {
		t.Fatal(err)
	}
	pids := readPids(t, output)

	if err := supervisor.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = supervisor.Wait()

	for _, pid := range pids {
		waitUntilGone(t, pid)
	}
}

func TestErr_isTheExitCodeOfTheCommand(t *testing.T) {
	t.Parallel()
	family := newFamily(t)

	err := family.Run(nil, exec.Command("sh", "-c", "exit 3"))

	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("Run = %v, want exit status 3", err)
	}
	if err := family.Run(nil, exec.Command("no-such-command")); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("Run of a command that is not installed = %v, want %v", err, exec.ErrNotFound)
	}
}

func readPids(t *testing.T, r io.Reader) []int {
	t.Helper()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("read the process ids: %v", err)
	}
	var pids []int
	for field := range strings.FieldsSeq(line) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

func waitUntilGone(t *testing.T, pid int) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for running(pid) {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("process %d is still running", pid)
		}
	}
}

// A zombie (in a container without an init) still accepts signal 0.
func running(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	state, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && !strings.HasPrefix(string(state), "Z")
}
