package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

const (
	// readyTimeout is how long a server may take to accept connections. Recovery
	// after a crash can take long.
	readyTimeout = 2 * time.Minute
	watchEndEach = time.Second
)

// adopt returns the server of this directory if it is already running, otherwise
// nil. It removes a pid file left by a dead server.
func adopt(ctx context.Context, opts Options, secret password) (*Server, error) {
	found, err := majors(opts.Dir)
	if err != nil {
		return nil, err
	}
	for _, major := range found {
		server, err := adoptMajor(ctx, opts, major, secret)
		if err != nil || server != nil {
			return server, err
		}
	}
	return nil, nil
}

func adoptMajor(ctx context.Context, opts Options, major int, secret password) (*Server, error) {
	data := dataDir(opts.Dir, major)
	written, err := readPIDFile(data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil && !errors.Is(err, errNoPID) {
		return nil, err
	}
	if !isPostmaster(written.pid, data) {
		return nil, ignoreMissing(os.Remove(pidFilePath(data)))
	}
	server := &Server{
		data: data, log: logFile(opts.Dir, major), major: major,
		pid: written.pid, secret: secret, adopted: true, ended: make(chan struct{}), unused: func() {},
	}
	if secret.unknown {
		// Its password is lost. It is stopped, and started with a new one.
		go server.watchEnd()
		return nil, server.Stop(ctx)
	}
	ready, err := server.waitReady(ctx, func() bool { return !isPostmaster(server.pid, data) })
	if err != nil || !ready {
		return nil, err // it was already stopping when we found it
	}
	if err := server.verifyDataDir(ctx); err != nil {
		return nil, fmt.Errorf("adopt the running server (process %d): %w", server.pid, err)
	}
	if err := server.ensureDatabase(ctx); err != nil {
		return nil, err
	}
	go server.watchEnd()
	return server, server.followLog(opts.Log)
}

// waitReady waits until the server accepts connections, and sets its port. It
// reports false if the process has ended instead.
func (s *Server) waitReady(ctx context.Context, gone func() bool) (ready bool, err error) {
	waiting, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	err = poll(waiting, func() (bool, error) {
		if written, err := readPIDFile(s.data); err == nil && written.pid == s.pid && written.ready {
			s.port, ready = written.port, true
			return true, nil
		}
		return gone(), nil
	})
	if err != nil {
		return false, fmt.Errorf("wait for the server (process %d) to take connections: %w", s.pid, err)
	}
	return ready, nil
}

// watchEnd detects the end of a process that is not our child.
func (s *Server) watchEnd() {
	ticker := time.NewTicker(watchEndEach)
	defer ticker.Stop()
	for isPostmaster(s.pid, s.data) {
		<-ticker.C
	}
	close(s.ended)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
