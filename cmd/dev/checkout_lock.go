package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// lockInfo is the content of the lock file: the supervisor that holds it.
type lockInfo struct {
	PID int    `json:"pid"`
	URL string `json:"url"`
}

// lockCheckout ensures that there is one supervisor per checkout: two would build
// into the same files and stop each other's database. The lock is released when
// the process exits.
func lockCheckout(s settings) (*os.File, error) {
	file, err := openLock(s)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer file.Close()
		other := readLockInfo(file)
		return nil, fmt.Errorf("./task dev is already running in this checkout, on %s (process %d): stop it first; another checkout can run at the same time: PORT=%s ./task dev",
			other.URL, other.PID, another(s.port))
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock this checkout: %w", err)
	}
	content, err := json.Marshal(lockInfo{PID: os.Getpid(), URL: s.url()})
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt(content, 0)
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock this checkout: %w", err)
	}
	return file, nil
}

// runningSupervisor returns the supervisor of this checkout, if one is running.
func runningSupervisor(s settings) (lockInfo, bool) {
	file, err := openLock(s)
	if err != nil {
		return lockInfo{}, false
	}
	defer file.Close()
	if syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		return lockInfo{}, false
	}
	return readLockInfo(file), true
}

func openLock(s settings) (*os.File, error) {
	path := s.data("dev", "lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("create the build folder: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock this checkout: %w", err)
	}
	return file, nil
}

// A supervisor that is just starting may not have written it yet.
func readLockInfo(file *os.File) lockInfo {
	var other lockInfo
	content, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<16))
	if err == nil {
		_ = json.Unmarshal(content, &other)
	}
	return other
}
