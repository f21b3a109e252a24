package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// launch starts the server of this directory, preparing its data if there is
// none. The caller has the lock and has checked that no server is running.
func launch(ctx context.Context, opts Options, secret password) (*Server, error) {
	programs, err := choose(ctx, opts)
	if err != nil {
		return nil, err
	}
	data := dataDir(opts.Dir, programs.major)
	as, err := accountFor(data)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(as.mayEnter(data), as.mayEnter(programs.program("postgres"))); err != nil {
		return nil, err
	}
	if err := removeDrafts(ctx, opts.Dir); err != nil {
		return nil, err
	}
	killOrphans(data)
	switch {
	case !hasData(data):
		opts.Progress(fmt.Sprintf("Preparing a data directory of PostgreSQL %d", programs.major))
		err = prepare(ctx, opts, programs, as, secret)
	case secret.unknown:
		err = setPassword(ctx, data, programs, as, secret)
	}
	if err != nil {
		return nil, err
	}
	opts.Progress(fmt.Sprintf("Starting PostgreSQL %d", programs.major))
	server, err := startProcess(ctx, opts, programs, as, secret)
	if err != nil {
		return nil, err
	}
	return server, errors.Join(rememberPort(opts.Dir, server.port), server.followLog(opts.Log))
}

func startProcess(ctx context.Context, opts Options, programs binaries, as *account, secret password) (*Server, error) {
	port, err := choosePort(opts.Dir)
	if err != nil {
		return nil, err
	}
	data := dataDir(opts.Dir, programs.major)
	path := logFile(opts.Dir, programs.major)
	log, err := openLog(path)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	before, err := log.Stat()
	if err != nil {
		return nil, err
	}
	cmd := as.command(data, programs.program("postgres"), serverArgs(data, port, opts.Settings)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	server := &Server{
		data: data, log: path, major: programs.major, pid: cmd.Process.Pid,
		secret: secret, ended: make(chan struct{}), unused: func() {},
	}
	go func() {
		_ = cmd.Wait() // its output is in the log
		close(server.ended)
	}()
	if err := server.settle(ctx, before.Size()); err != nil {
		server.stopImmediately()
		return nil, err
	}
	return server, nil
}

// settle waits until the server is ready for use.
func (s *Server) settle(ctx context.Context, logSize int64) error {
	ready, err := s.waitReady(ctx, func() bool {
		select {
		case <-s.ended:
			return true
		default:
			return false
		}
	})
	if err != nil {
		return err
	}
	if !ready {
		return &startError{log: logSince(s.log, logSize)}
	}
	if err := s.verifyDataDir(ctx); err != nil {
		return err
	}
	return s.ensureDatabase(ctx)
}

// serverArgs are the server's arguments. The data directory comes first and is
// followed by others: isPostmaster recognizes the process by this.
func serverArgs(data string, port int, settings map[string]string) []string {
	args := []string{"-D", data,
		"-c", "listen_addresses=127.0.0.1",
		"-c", "port=" + strconv.Itoa(port),
		"-c", "unix_socket_directories=",
		"-c", "timezone=UTC",
		"-c", "log_timezone=UTC",
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// startError is the error of a server that exited during its start.
type startError struct{ log string }

func (e *startError) Error() string {
	return "the server exited during its start; the end of its log:\n" + e.log
}

func (e *startError) retryable() bool {
	return strings.Contains(e.log, "Address already in use") || // the port, by another program
		strings.Contains(e.log, "is still in use") || // the memory, by orphans
		strings.Contains(e.log, `lock file "postmaster.pid" already exists`) // the data, by an orphan that comes up
}

// runToEnd runs a program, and kills it and its children if ctx ends first.
func runToEnd(ctx context.Context, cmd *exec.Cmd) error {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer stop()
	if err := cmd.Wait(); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("%s: %w: %s", cmd.Path, err, strings.TrimSpace(out.String())))
	}
	return nil
}
