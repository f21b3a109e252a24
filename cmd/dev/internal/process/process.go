// Package process runs child processes that never outlive the program that
// started them, even if it is killed without a chance to clean up.
//
// Every child runs under a guard: a second process of this program's own binary
// that starts the command and holds one end of a pipe whose other end only this
// program holds. When the pipe breaks, the guard kills its process group: itself,
// the command, and the command's children. This requires nothing of the command
// and works on every Unix. Each guard has its own group, so Ctrl-C in the
// terminal reaches only the supervisor, which then stops its children in the
// right order.
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

// Family is the set of children of this program. It is safe for concurrent use.
type Family struct {
	guard []string

	mu      sync.Mutex
	running map[*Process]struct{}
	closed  bool
}

// NewFamily creates a Family whose children are started through the guard: a
// command that calls Guard with the arguments that follow it.
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
	// A grandchild may hold the output open after the child has exited.
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

// ErrClosed is the error of starting a child after Close.
var ErrClosed = errors.New("shutting down")

// Run starts the command and waits until it has exited, by itself or because stop
// was closed.
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

// Close stops the running children. No more can be started.
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

// Done is closed when the child and its own children have exited.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err waits for the child to exit and returns how it did: nil for exit code 0, an
// *exec.ExitError for any other.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Stop asks the child to exit, and kills it if it has not done so in time. It
// returns when the child has exited.
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

// It fails only if the group is empty.
func (p *Process) signal(s syscall.Signal) { _ = syscall.Kill(-p.group, s) }
