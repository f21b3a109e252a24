// Package process runs child processes that never outlive the program that
// started them, not even when it is killed with no chance to clean up.
//
// Every child runs under a guard: a second process of this program's own
// binary that starts the command and holds one end of a pipe whose other end
// only this program holds. When the pipe breaks, the guard kills its process
// group: itself, the command, and what that started. This needs nothing of the
// command and works on every Unix. The group is one of its own, so a Ctrl-C in
// the terminal reaches only the supervisor, which then stops its children in
// the right order.
//
//	if len(os.Args) > 1 && os.Args[1] == "guard" {
//		os.Exit(process.Guard(os.Args[2:]))
//	}
//	children := process.NewFamily(os.Args[0], "guard")
//	defer children.Close()
//	node, err := children.Start(exec.Command("node", "build.mjs", "--watch"))
//	…
//	node.Stop(2 * time.Second)
package process

import (
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Family is the children of this program. Its methods may be called from
// several goroutines.
type Family struct {
	guard []string

	mu      sync.Mutex
	running map[*Process]struct{}
	closed  bool
}

// NewFamily makes a family whose children are started by the guard: a command
// that calls Guard with the arguments that are added to it.
func NewFamily(guard ...string) *Family {
	return &Family{guard: guard, running: map[*Process]struct{}{}}
}

// Start starts the command under a guard. Its standard input is empty.
func (f *Family) Start(cmd *exec.Cmd) (*Process, error) {
	name := cmd.Path
	if cmd.Err != nil {
		return nil, fmt.Errorf("start %s: %w", name, cmd.Err)
	}
	guarded := exec.Command(f.guard[0], append(append(f.guard[1:len(f.guard):len(f.guard)], cmd.Path), cmd.Args[1:]...)...)
	guarded.Dir, guarded.Env = cmd.Dir, cmd.Env
	guarded.Stdout, guarded.Stderr = cmd.Stdout, cmd.Stderr
	guarded.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// What a child started may hold its output open after it has ended.
	guarded.WaitDelay = 500 * time.Millisecond
	if _, err := guarded.StdinPipe(); err != nil { // held open until Wait has returned
		return nil, fmt.Errorf("start %s: %w", name, err)
	}

	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fmt.Errorf("start %s: %w", name, ErrClosed)
	}
	if err := guarded.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{group: guarded.Process.Pid, done: make(chan struct{})}
	f.running[p] = struct{}{}
	go func() {
		p.err = guarded.Wait()
		p.signal(syscall.SIGKILL)
		f.mu.Lock()
		delete(f.running, p)
		f.mu.Unlock()
		close(p.done)
	}()
	return p, nil
}

// ErrClosed is why nothing can be started any more.
var ErrClosed = errors.New("shutting down")

// Run starts the command and waits until it has ended by itself or, when stop
// is closed, was stopped.
func (f *Family) Run(stop <-chan struct{}, cmd *exec.Cmd) error {
	p, err := f.Start(cmd)
	if err != nil {
		return err
	}
	select {
	case <-p.Done():
	case <-stop:
		p.Stop(time.Second)
	}
	return p.Err()
}

// Close stops what still runs. Nothing can be started afterwards.
func (f *Family) Close() {
	f.mu.Lock()
	f.closed = true
	var left []*Process
	for p := range f.running {
		left = append(left, p)
	}
	f.mu.Unlock()

	var stopping sync.WaitGroup
	for _, p := range left {
		stopping.Go(func() { p.Stop(2 * time.Second) })
	}
	stopping.Wait()
}

// Process is one running child.
type Process struct {
	group int
	done  chan struct{}
	err   error
}

// Done is closed when the child, and what it started, has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err waits for the end of the child and says how it ended: nil for exit code
// 0, an *exec.ExitError for any other.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Stop asks the child to end, and kills it when it has not done so in time.
// It returns when the child has ended.
func (p *Process) Stop(grace time.Duration) {
	p.signal(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.signal(syscall.SIGKILL)
		<-p.done
	}
}

// The only failure is that nobody is left in the group.
func (p *Process) signal(s syscall.Signal) { _ = syscall.Kill(-p.group, s) }
